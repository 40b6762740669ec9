/** What the interface says about stops. */
export const stopMessages = {
  stop: {
    title: 'Stop {{name}}',
    soft: 'Soft: let it finish, never start it again',
    hard: 'Hard: terminate it now',
    softShort: 'Soft',
    hardShort: 'Hard',
    reason: 'Reason',
    reasonExample: 'for whoever asks later',
    doSoft: 'Stop',
    doHard: 'Terminate now',
    following: 'following it to its outcome…',
    close: 'Close',
    cancel: 'Take back',
    none: 'No stop matches.',
    noneHint: 'Stop a task from its page or from the list; it is listed here with its outcome.',
    by: 'By',
    why: 'Where it stands',
    requested: 'Requested',
    task: 'Task',
    status: 'Status',
    anyStatus: 'Any status',
    mode: 'Mode',
    because: 'Reason: {{reason}}',
    sentTimes: 'Sent {{count, number}} times, last',
    sentTimes_one: 'Sent',
    reply: '{{worker}} said "{{text}}"',
    evidence: 'Evidence: {{what}} {{worker}}',
  },
  bulk: {
    title: 'Stop many tasks',
    total: '{{count, number}} unfinished tasks will be stopped:',
    total_one: 'One unfinished task will be stopped:',
    none: 'None of them is unfinished: there is nothing to stop.',
    runningOn: '{{count, number}} running on {{worker}}',
    soft: 'What waits is never started. What runs may finish, and is not run again.',
    hard: 'What waits is never started. What runs is terminated now.',
    cannot:
      '{{count, number}} run on pools that cannot terminate a task: they may finish and are not run again.',
    doSoft: 'Stop {{count, number}}',
    doHard: 'Terminate {{count, number}} now',
  },
  batch: {
    title: 'Stopped in bulk',
    running: '{{count, number}} tasks: being sent',
    sent: '{{count, number}} tasks: sent, outcomes awaited',
    done: '{{count, number}} tasks: done',
    cancelled: '{{count, number}} tasks: cancelled',
    cancel: 'Cancel the rest',
    percent: 'Stops with an outcome',
    stops: 'Show each stop',
  },
  place: {
    queued: 'It waits in queue {{queue}}.',
    reserved: 'It is reserved on {{worker}}.',
    scheduled: 'It waits on {{worker}} for its time, {{eta}}.',
    running: 'It runs on {{worker}} ({{pool}} pool), for {{ran}}.',
    finished: 'It is finished.',
    unknown: 'Nobody has seen this task yet: the stop is kept and takes effect when it turns up.',
  },
  effect: {
    nothing: 'It has ended ({{state}}): there is nothing to stop.',
    runs_on: 'It runs on to its end. It is not retried and not run again.',
    dropped_on_worker: 'It waits on a worker and is dropped when its turn comes.',
    dropped_at_eta: 'It waits for its time (ETA) and is dropped then; it counts as revoked at once.',
    dropped_from_queue: 'It waits in its queue and is dropped when a worker takes it.',
    dropped_without_worker: 'It waits in its queue; no worker is online. The first that takes it drops it.',
    dropped_if_seen: 'Nothing is known of it. Should it turn up within a week, it is dropped.',
    refused:
      "The {{pool}} pool of {{worker}} can't terminate a running task. To end it now, restart that worker; the next " +
      'time, run such tasks on a prefork worker.',
    greenlet_killed: 'Its greenlet on {{worker}} is killed at the next point where it yields.',
    tried:
      'Whether {{worker}} can terminate it is not known: it has not said which pool it runs. It is tried.',
    signalled:
      "The process that runs it on {{worker}} is sent the worker's signal (SIGTERM unless remapped) and replaced; the " +
      'task has no chance to clean up unless it handles that signal.',
  },
  note: {
    stopped_already: 'An open stop names it already.',
    acks_late:
      'Its message is acknowledged late (acks_late): should its worker be lost, it is delivered again. The stop then ' +
      'drops it, on every worker that has been told.',
    waits_for_retry: 'It waits for a retry, which the stop prevents.',
    retry_dropped: 'Should it raise Retry, the retry is dropped.',
    unconfirmed:
      'Its worker did not confirm that it runs there now: it may just have ended, or be too busy to answer.',
  },
}
