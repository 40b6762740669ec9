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

  async check(): Promise<void> {}

  async close(): Promise<void> {}
}
