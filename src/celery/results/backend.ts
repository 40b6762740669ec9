/** Where Celery keeps what became of tasks. Only `abort` writes. */
export interface ResultBackend {
  /** `unreadable`: none is configured, or one that can't be read; `why` says so and `get` finds nothing. */
  readonly kind: 'redis' | 'database' | 'django' | 'unreadable'
  /** For people and logs: passwords are `**`. '' where none is configured. */
  readonly maskedUrl: string
  /** Why results can't be read here, for people; null where they can. */
  readonly why: string | null

  /**
   * What is stored for each task, by task id. Ids without an entry are unknown to the backend (not stored yet, expired,
   * results ignored) or hold something that can't be read. Rejects with ResultBackendUnreachable.
   */
  get(ids: readonly string[]): Promise<Map<string, TaskMeta>>
  /**
   * The ids of all tasks of which something is stored, in slices; one that changes meanwhile may be missing or come twice.
   * Rejects with ResultBackendUnreachable.
   */
  taskIds(): AsyncIterable<readonly string[]>
  /**
   * Asks an abortable task (`celery.contrib.abortable`) to end itself: stores the state ABORTED, for which it looks
   * there. Nobody answers, and a task that doesn't look runs on.
   *
   * A stored SUCCESS or FAILURE is left alone. REVOKED is not, as with Celery: on 5.6 a revoke without terminate stores
   * it for a task that runs on. The flag stands until something else is stored, also by such a revoke: revoke first.
   * Rejects with CannotAbort where it can't be stored for good, and with ResultBackendUnreachable.
   */
  abort(taskId: string): Promise<void>
  /** Rejects with ResultBackendUnreachable when the backend doesn't answer. */
  check(): Promise<void>
  close(): Promise<void>
}

/** What Celery stores for one task (`celery.backends.base.Backend._get_result_meta`). */
export interface TaskMeta {
  readonly taskId: string
  /** SUCCESS, FAILURE, REVOKED, RETRY, STARTED, or a state that the task made up, such as PROGRESS. */
  readonly status: string
  /** The return value; on failure `{exc_type, exc_message, exc_module}`, see `exceptionText`. */
  readonly result: unknown
  readonly traceback: string | null
  /** null for states that aren't final, and where it can't be read. */
  readonly dateDone: Date | null
  /** Ids of the tasks (or of their group) that the task started. */
  readonly children: readonly string[]
  readonly parentId: string | null
  readonly groupId: string | null
  /** From here on null without the setting `result_extended`. */
  readonly name: string | null
  readonly args: unknown
  readonly kwargs: unknown
  readonly worker: string | null
  readonly retries: number | null
  readonly queue: string | null
}

/** Stands for a result that Crisper doesn't read: unpickling runs code. */
export interface BinaryResult {
  readonly binary: 'pickle'
  /** Bytes of the whole entry. */
  readonly size: number
}

/** Celery's `ALL_STATES`, and that of its abortable tasks. */
const ownStates: ReadonlySet<string> = new Set([
  ...['PENDING', 'RECEIVED', 'STARTED', 'SUCCESS', 'FAILURE', 'REVOKED', 'REJECTED', 'RETRY', 'IGNORED'],
  'ABORTED',
])

/** Whether it is a state that the task made up (`update_state`), such as PROGRESS; `result` is then its `meta`. */
export function isCustom(status: string): boolean {
  return !ownStates.has(status)
}

/** Celery's `READY_STATES`: nothing more is to come. */
export function isReady(status: string): boolean {
  return status === 'SUCCESS' || status === 'FAILURE' || status === 'REVOKED'
}
