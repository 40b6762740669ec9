import pRetry from 'p-retry'
import type { BrokerStatus } from './broker.js'
import type { LinkEvents } from './broker-link.js'
import { BrokerUnreachable } from './errors.js'

/** A server may take connections and yet never answer (RabbitMQ with a queue that lost its leader). */
const prepareTimeoutMs = 60_000

interface Closable {
  close(): Promise<void>
}

export interface KeeperOptions<Link> {
  readonly maskedUrl: string
  /** One for each URL of the fail-over list, in order. Rejects with BrokerUnreachable. */
  readonly openers: readonly ((onLost: LinkEvents['onLost']) => Promise<Link>)[]
  /** Readies a fresh link, which counts as connected only afterwards. */
  readonly prepare: (link: Link) => Promise<void>
}

/**
 * Keeps one of several servers connected.
 *
 * idle → connected ↔ reconnecting → closed. The first connection is the caller's to try again; a lost one is replaced
 * for ever, with backoff up to 5 s. Each attempt goes once round the fail-over list, beginning with the server that
 * worked last.
 */
export class ConnectionKeeper<Link extends Closable> {
  readonly #options: KeeperOptions<Link>
  readonly #listeners = new Set<(status: BrokerStatus) => void>()
  readonly #closing = new AbortController()
  #status: BrokerStatus = { state: 'idle' }
  #link: Link | undefined
  #attempt: Promise<void> | undefined
  #preferred = 0

  constructor(options: KeeperOptions<Link>) {
    this.#options = options
  }

  get status(): BrokerStatus {
    return this.#status
  }

  /** undefined: not connected now. */
  get link(): Link | undefined {
    return this.#link
  }

  onStatus(listener: (status: BrokerStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Why there is no link. */
  unreachable(): BrokerUnreachable {
    const { maskedUrl } = this.#options
    if (this.#status.state === 'reconnecting') return new BrokerUnreachable(this.#status.error, 'network')
    const state = this.#status.state === 'closed' ? 'was closed' : 'is not connected yet'
    return new BrokerUnreachable(`The connection to ${maskedUrl} ${state}.`, 'network')
  }

  /** Makes one attempt unless connected; joins one that is being made. */
  async connect(): Promise<void> {
    if (this.#closing.signal.aborted) throw this.unreachable()
    if (this.#link !== undefined) return
    this.#attempt ??= this.#tryAll().finally(() => {
      this.#attempt = undefined
    })
    await this.#attempt
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#status = { state: 'closed' }
    const link = this.#link
    this.#link = undefined
    await link?.close()
    // An attempt in flight ends by itself and finds that it isn't wanted any more.
    await this.#attempt?.catch(() => undefined)
  }

  async #tryAll(): Promise<void> {
    const { openers } = this.#options
    const failures: BrokerUnreachable[] = []
    for (let turn = 0; turn < openers.length; turn += 1) {
      const index = (this.#preferred + turn) % openers.length
      const open = openers[index]
      if (open === undefined) continue
      try {
        await this.#openOne(open)
        this.#preferred = index
        return
      } catch (error) {
        if (!(error instanceof BrokerUnreachable) || this.#closing.signal.aborted) throw error
        failures.push(error)
      }
    }
    throw joinFailures(failures)
  }

  async #openOne(open: KeeperOptions<Link>['openers'][number]): Promise<void> {
    let link: Link | undefined
    const early = new AbortController()
    const opened = await open((error, heardUntil) => {
      if (link === undefined) early.abort(error)
      else if (this.#link === link) this.#lose(link, error, heardUntil)
    })
    const timeout = AbortSignal.timeout(prepareTimeoutMs)
    try {
      const stops = AbortSignal.any([early.signal, timeout, this.#closing.signal])
      await unlessAborted(this.#options.prepare(opened), stops)
    } catch (error) {
      await opened.close()
      if (this.#closing.signal.aborted) throw this.unreachable()
      throw error === timeout.reason ? this.#notReady() : error
    }
    link = opened
    this.#accept(opened)
  }

  #notReady(): BrokerUnreachable {
    const { maskedUrl } = this.#options
    const seconds = prepareTimeoutMs / 1000
    return new BrokerUnreachable(`${maskedUrl} answers, but was not ready after ${seconds} s.`, 'network')
  }

  #accept(link: Link): void {
    const before = this.#status
    this.#link = link
    if (before.state === 'reconnecting') {
      this.#setStatus({ state: 'connected', since: new Date(), reconnects: before.reconnects + 1 })
    } else {
      this.#status = { state: 'connected', since: new Date(), reconnects: 0 }
    }
  }

  #lose(link: Link, error: Error, heardUntil: Date | undefined): void {
    if (this.#status.state !== 'connected') return
    const { reconnects } = this.#status
    this.#link = undefined
    const dropped = error instanceof BrokerUnreachable && error.reason === 'dropped'
    const since = new Date()
    this.#setStatus({
      state: 'reconnecting',
      since,
      heardUntil: heardUntil ?? since,
      reconnects,
      error: error.message,
      dropped,
    })
    void link.close()
    void this.#recover()
  }

  async #recover(): Promise<void> {
    try {
      await pRetry(() => this.connect(), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 100,
        maxTimeout: 5_000,
        randomize: true,
        signal: this.#closing.signal,
        onFailedAttempt: ({ error }) => {
          if (this.#status.state === 'reconnecting') this.#status = { ...this.#status, error: error.message }
        },
      })
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error
    }
  }

  #setStatus(status: BrokerStatus): void {
    this.#status = status
    for (const listener of this.#listeners) listener(status)
  }
}

/** Rejects with the signal's reason when that comes first. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject)
  })
}

function joinFailures(failures: readonly BrokerUnreachable[]): BrokerUnreachable {
  const [first, ...others] = failures
  if (first === undefined) throw new Error('a fail-over list without a server')
  if (others.length === 0) return first
  // A refusal is what people can mend, so it outweighs servers that are merely away.
  const reason = failures.some((failure) => failure.reason === 'auth') ? 'auth' : 'network'
  return new BrokerUnreachable(failures.map(({ message }) => message).join(' '), reason, { cause: first })
}
