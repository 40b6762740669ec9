/**
 * Does something again and again, a pause after each time, never twice at once; it may be started again after it was
 * stopped. `work` must not reject.
 */
export class Repeating {
  readonly #everyMs: number
  readonly #work: (signal: AbortSignal) => Promise<void>
  #abort = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(everyMs: number, work: (signal: AbortSignal) => Promise<void>) {
    this.#everyMs = everyMs
    this.#work = work
  }

  start(): void {
    this.#abort = new AbortController()
    this.#turn(this.#abort.signal)
  }

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#abort.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  #turn(signal: AbortSignal): void {
    this.#running = this.#work(signal).finally(() => {
      if (!signal.aborted) this.#timer = setTimeout(() => this.#turn(signal), this.#everyMs)
    })
  }
}
