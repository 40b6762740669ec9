import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { clientSettings, type DatabaseAddress } from './connect.js'

interface Parts {
  readonly address: DatabaseAddress
  /** What PostgreSQL lists it under. */
  readonly name: string
  /** Milliseconds between two beats. */
  readonly everyMs: number
  /** A new connection is there. */
  readonly onOpen?: (client: pg.Client) => Promise<void>
  /** Again and again while there is one; that it fails or takes too long shows that the connection is none. */
  readonly beat: (client: pg.Client) => Promise<void>
  /** It is lost; not told where there was none. Must not throw. */
  readonly onLost?: () => void
}

/** Milliseconds until a lost connection is opened anew, and for an answer on one. */
const retryMs = 500
const answerMs = 5000
/**
 * Seconds after which PostgreSQL probes a connection that is silent, between probes, and how many may fail: a machine that
 * is gone holds its locks for some ten seconds, not for the two hours of most systems.
 */
const keepalives = { tcp_keepalives_idle: 5, tcp_keepalives_interval: 2, tcp_keepalives_count: 3 }

/**
 * One connection beside those of the pool, for what belongs to a connection: locks of a session, LISTEN. Opened again for
 * ever.
 */
export class LastingConnection {
  readonly #parts: Parts
  readonly #abort = new AbortController()
  #client: pg.Client | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** undefined: there is none now. */
  get client(): pg.Client | undefined {
    return this.#client
  }

  /** Resolves after the first beat, or when the first connection could not be had. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#running = this.#run(resolve)
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  async #run(onFirst: () => void): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#live(onFirst).catch(() => undefined)
      onFirst()
      await pause(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Rejects when the connection is lost; resolves when it is not wanted any more. */
  async #live(onBeat: () => void): Promise<void> {
    const { address, name, everyMs, onOpen, beat, onLost } = this.#parts
    const { signal } = this.#abort
    const client = new pg.Client({
      ...clientSettings(address, keepalives),
      application_name: name,
      query_timeout: answerMs,
    })
    const lost = new Promise<never>((_, reject) => {
      client.on('error', reject)
      client.on('end', () => reject(new Error('the connection was closed')))
    })
    lost.catch(() => undefined)
    try {
      await client.connect()
      this.#client = client
      await Promise.race([onOpen?.(client), lost])
      while (!signal.aborted) {
        await Promise.race([beat(client), lost])
        onBeat()
        await Promise.race([pause(everyMs, undefined, { signal }).catch(() => undefined), lost])
      }
    } finally {
      const wasOpen = this.#client === client
      this.#client = undefined
      if (wasOpen && !signal.aborted) onLost?.()
      // One that is dead says no goodbye.
      await Promise.race([client.end().catch(() => undefined), pause(retryMs, undefined, { ref: false })])
    }
  }
}
