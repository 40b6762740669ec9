import type { Redis } from 'ioredis'
import type { RedisUrl, SentinelUrl } from '../broker-url.js'
import { CannotAbort, Malformed, ResultBackendUnreachable } from '../errors.js'
import { connectRedis, openRedis, type RedisClientOptions, toUnreachable } from '../redis/client.js'
import type { ResultBackend, TaskMeta } from './backend.js'
import { storeAborted } from './redis-abort.js'
import { decodeTaskMeta } from './task-meta.js'

export interface RedisResultOptions extends RedisClientOptions {
  /** `global_keyprefix` of Celery's `result_backend_transport_options` (Celery 5.3 and later; 5.2 ignores it). */
  readonly resultKeyprefix: string
  /** Told about stored results that can't be read; they are left out. */
  readonly onMalformed?: (taskId: string, problem: Malformed) => void
}

/** Ids asked for in one MGET. */
const batchSize = 1_000

/** Celery's Redis result backend: `celery-task-meta-<id>`, in whatever serialisation. */
export class RedisResultBackend implements ResultBackend {
  readonly kind = 'redis'
  readonly why = null
  readonly maskedUrl: string
  readonly #redis: Redis
  readonly #keyPrefix: string
  readonly #onMalformed: (taskId: string, problem: Malformed) => void
  #connecting: Promise<void> | undefined

  constructor(url: RedisUrl | SentinelUrl, options: RedisResultOptions) {
    this.maskedUrl = url.maskedUrl
    this.#redis = openRedis(url, options)
    this.#keyPrefix = `${separated(options.resultKeyprefix)}celery-task-meta-`
    this.#onMalformed = options.onMalformed ?? (() => undefined)
  }

  async get(ids: readonly string[]): Promise<Map<string, TaskMeta>> {
    const found = new Map<string, TaskMeta>()
    const wanted = [...new Set(ids)]
    for (let at = 0; at < wanted.length; at += batchSize) {
      const batch = wanted.slice(at, at + batchSize)
      const values = await this.#run('read', () =>
        this.#redis.mgetBuffer(batch.map((id) => this.#keyPrefix + id)),
      )
      batch.forEach((id, index) => {
        const meta = this.#read(id, values[index] ?? null)
        if (meta !== null) found.set(id, meta)
      })
    }
    return found
  }

  async *taskIds(): AsyncGenerator<readonly string[]> {
    let cursor = '0'
    do {
      const [next, keys] = await this.#run('read', () =>
        this.#redis.scan(cursor, 'MATCH', `${escapedPattern(this.#keyPrefix)}*`, 'COUNT', batchSize),
      )
      cursor = next
      if (keys.length > 0) yield keys.map((key) => key.slice(this.#keyPrefix.length))
    } while (cursor !== '0')
  }

  async abort(taskId: string): Promise<void> {
    const isStored = await this.#run('write to', () =>
      storeAborted(this.#redis, this.#keyPrefix + taskId, taskId),
    )
    if (isStored) return
    throw new CannotAbort(
      `Task ${taskId} can't be told to abort: what the result backend holds for it is not JSON, so a flag in JSON ` +
        "would not be read. Set Celery's result_serializer to json.",
    )
  }

  async check(): Promise<void> {
    await this.#run('read', () => this.#redis.ping())
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
  }

  #read(id: string, bytes: Buffer | null): TaskMeta | null {
    if (bytes === null) return null
    try {
      return decodeTaskMeta(id, bytes)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.#onMalformed(id, error)
      return null
    }
  }

  async #run<T>(what: 'read' | 'write to', command: () => Promise<T>): Promise<T> {
    try {
      await this.#connect()
      return await command()
    } catch (error) {
      const { message } = toUnreachable(this.#redis, error)
      throw new ResultBackendUnreachable(`Can't ${what} the result backend. ${message}`, { cause: error })
    }
  }

  /** Connects on first use, and again after an attempt that failed. In between the client reconnects by itself. */
  #connect(): Promise<void> {
    if (this.#redis.status === 'wait' || this.#redis.status === 'end') {
      this.#connecting ??= connectRedis(this.#redis).finally(() => {
        this.#connecting = undefined
      })
    }
    return this.#connecting ?? Promise.resolve()
  }
}

/** Redis reads these characters of a pattern as wildcards. */
function escapedPattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}

/** Celery's rule (`celery.backends.base.KeyValueStoreBackend._add_global_keyprefix`). */
function separated(prefix: string): string {
  return prefix === '' || /[:_.-]$/.test(prefix) ? prefix : `${prefix}_`
}
