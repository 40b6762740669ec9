/** Does something again and again, a pause after each time, never twice at once. `work` must not reject. */
export class Repeating {
  readonly #everyMs: number
  readonly #work: (signal: AbortSignal) => Promise<void>
  readonly #abort = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(everyMs: number, work: (signal: AbortSignal) => Promise<void>) {
    this.#everyMs = everyMs
    this.#work = work
  }

  start(): void {
    this.#running = this.#work(this.#abort.signal).finally(() => {
      if (!this.#abort.signal.aborted) this.#timer = setTimeout(() => this.start(), this.#everyMs)
    })
  }

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#abort.abort()
    clearTimeout(this.#timer)
    await this.#running
  }
}
