/** The task is finished: there is nothing to stop, and a revoke could overwrite its result (Celery 5.6). */
export class TaskFinished extends Error {
  override readonly name = 'TaskFinished'
  constructor(
    readonly taskId: string,
    readonly state: string,
  ) {
    super(`The task is already ${state}; there is nothing to stop.`)
  }
}

/** The pool that runs the task has no means to end it. */
export class CannotTerminate extends Error {
  override readonly name = 'CannotTerminate'
  constructor(taskId: string, worker: string, pool: string) {
    super(
      `Task ${taskId} runs on ${worker}, whose ${pool} pool can't terminate a running task. ${alternatives}`,
    )
  }
}

/** What is left where a pool can't terminate. */
export const alternatives =
  'A soft stop lets this run finish and keeps it from being retried or run again; ' +
  'to end it now, restart that worker, or run such tasks on a prefork worker.'

/** The stop has taken effect or ended: it can't be taken back. */
export class NotCancellable extends Error {
  override readonly name = 'NotCancellable'
}

/** Two things of the order don't go together. */
export class BadStopOrder extends Error {
  override readonly name = 'BadStopOrder'
}

/** More or fewer tasks match than the caller expected; nothing was stopped. */
export class UnexpectedCount extends Error {
  override readonly name = 'UnexpectedCount'
  constructor(
    readonly count: number,
    expected: string,
  ) {
    super(`${count} tasks match, not ${expected}; nothing was stopped. Look again, or expect another number.`)
  }
}

export class NoSuchStop extends Error {
  override readonly name = 'NoSuchStop'
  constructor(id: string) {
    super(`No stop ${id}`)
  }
}

export class NoSuchBatch extends Error {
  override readonly name = 'NoSuchBatch'
  constructor(id: string) {
    super(`No stop batch ${id}`)
  }
}
