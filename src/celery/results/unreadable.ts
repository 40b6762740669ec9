import { CannotAbort } from '../errors.js'
import type { ResultBackend, TaskMeta } from './backend.js'

/** The result backend of those who have none, or one that can't be read. */
export class UnreadableResultBackend implements ResultBackend {
  readonly kind = 'unreadable'

  constructor(
    readonly maskedUrl: string,
    readonly why: string,
  ) {}

  async get(): Promise<Map<string, TaskMeta>> {
    return new Map()
  }

  async *taskIds(): AsyncGenerator<readonly string[]> {}

  async abort(taskId: string): Promise<void> {
    throw new CannotAbort(
      `Task ${taskId} can't be told to abort, for it would look into the result backend. ${this.why}.`,
    )
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {}
}
