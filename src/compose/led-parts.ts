import type { Leadership } from '../db/leadership.js'
import type { Log } from '../tasks/log.js'

/** Something of which there must be one among several Crispers. It may be started again after it was stopped. */
export interface LedPart {
  start(): void | Promise<void>
  /** Resolves when what was under way has ended. */
  stop(): Promise<void>
}

/** What runs only while this Crisper leads: started, in the order in which it was added, when it does; stopped when not. */
export class LedParts {
  readonly #leadership: Leadership
  readonly #log: Log
  readonly #parts: { readonly name: string; readonly part: LedPart }[] = []
  #runs = false
  #ended = false
  #turning: Promise<void> = Promise.resolve()

  constructor(leadership: Leadership, log: Log) {
    this.#leadership = leadership
    this.#log = log
  }

  /** Before `begin`. */
  add(name: string, part: LedPart): void {
    this.#parts.push({ name, part })
  }

  /** Resolves when they run, where we lead. */
  begin(): Promise<void> {
    this.#leadership.onChange(() => this.#turn())
    return this.#turn()
  }

  /** Resolves when those run that are to run as it stands now. */
  settled(): Promise<void> {
    return this.#turning
  }

  /** Stops them for good. */
  end(): Promise<void> {
    this.#ended = true
    return this.#turn()
  }

  #turn(): Promise<void> {
    this.#turning = this.#turning.then(() => this.#adjust())
    return this.#turning
  }

  async #adjust(): Promise<void> {
    const wanted = this.#leadership.leads && !this.#ended
    if (wanted === this.#runs) return
    this.#runs = wanted
    for (const { name, part } of wanted ? this.#parts : this.#parts.toReversed()) {
      try {
        await (wanted ? part.start() : part.stop())
      } catch (error) {
        this.#log.error({ err: error, part: name }, `a part could not be ${wanted ? 'started' : 'stopped'}`)
      }
    }
  }
}
