import { setTimeout as pause } from 'node:timers/promises'

/** What is told on the way: one that leads is about to end, the next one reads events, the first has written all it read. */
const words = ['leaving', 'reading', 'left'] as const
type Word = (typeof words)[number]

/** Milliseconds that one waits for the other. */
const patienceMs: Readonly<Record<'reading' | 'left', number>> = { reading: 3000, left: 8000 }

/**
 * How the reading of events goes from a Crisper that ends to the next, on Redis, which keeps none meanwhile: the first
 * reads on until the next does, too. That both read the same for a moment harms nothing.
 */
export class HandOver {
  readonly #tell: (words: readonly Word[]) => Promise<void>
  #reading: Promise<void> = Promise.resolve()
  #onReading: () => void = () => undefined
  #left: Promise<void> | undefined
  #onLeft: () => void = () => undefined

  /** `tell` resolves when it was sent to the others. */
  constructor(tell: (words: readonly Word[]) => Promise<void>) {
    this.#tell = tell
  }

  onHeard(heard: readonly string[]): void {
    for (const word of heard) {
      if (word === 'leaving') {
        this.#left = new Promise((resolve) => {
          this.#onLeft = resolve
        })
      } else if (word === 'left') this.#onLeft()
      else if (word === 'reading') this.#onReading()
    }
  }

  /** We are about to give up the lead. */
  async leave(): Promise<void> {
    this.#reading = new Promise((resolve) => {
      this.#onReading = resolve
    })
    await this.#tell(['leaving'])
  }

  /** Resolves when another reads, or does not for some seconds. */
  async untilAnotherReads(): Promise<void> {
    await within(this.#reading, patienceMs.reading)
  }

  /** All that we read is written. */
  async end(): Promise<void> {
    await this.#tell(['left'])
  }

  /** We read from now on. Resolves when the one that left has written what it read; at once where it just died. */
  async begin(): Promise<void> {
    await this.#tell(['reading'])
    const left = this.#left
    this.#left = undefined
    if (left !== undefined) await within(left, patienceMs.left)
  }
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  await Promise.race([promise, pause(ms, undefined, { ref: false })])
}
