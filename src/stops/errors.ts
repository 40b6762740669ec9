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
      `Task ${taskId} runs on ${worker}, whose ${pool} pool can't terminate a running task. ` +
        'A soft stop lets this run finish and keeps it from being retried or run again; ' +
        'to end it now, restart that worker, or run such tasks on a prefork worker.',
    )
  }
}
