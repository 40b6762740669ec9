import type { ResultBackend, TaskMeta } from '../celery/results/backend.js'
import type { Redactor } from './redactor.js'

/** A result backend of which everything that tasks left there is read without secrets. */
export class RedactedResults implements ResultBackend {
  readonly kind: ResultBackend['kind']
  readonly maskedUrl: string
  readonly why: string | null
  readonly #backend: ResultBackend
  readonly #redactor: Redactor

  constructor(backend: ResultBackend, redactor: Redactor) {
    this.kind = backend.kind
    this.maskedUrl = backend.maskedUrl
    this.why = backend.why
    this.#backend = backend
    this.#redactor = redactor
  }

  async get(ids: readonly string[]): Promise<Map<string, TaskMeta>> {
    const metas = await this.#backend.get(ids)
    return new Map([...metas].map(([id, meta]) => [id, this.#redacted(meta)]))
  }

  taskIds(): AsyncIterable<readonly string[]> {
    return this.#backend.taskIds()
  }

  abort(taskId: string): Promise<void> {
    return this.#backend.abort(taskId)
  }

  check(): Promise<void> {
    return this.#backend.check()
  }

  close(): Promise<void> {
    return this.#backend.close()
  }

  #redacted(meta: TaskMeta): TaskMeta {
    const redactor = this.#redactor
    return {
      ...meta,
      result: redactor.json(meta.result),
      args: redactor.json(meta.args),
      kwargs: redactor.json(meta.kwargs),
      traceback: meta.traceback === null ? null : redactor.text(meta.traceback),
    }
  }
}
