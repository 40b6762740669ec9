/** What a slice should take, in milliseconds: short enough that nobody notices it, long enough to be worth its round trip. */
const aimMs = 150
const least = 100
const most = 5000
/** Of the time, that deleting takes at most: the database has other things to do. */
const share = 0.2
const shortestPauseMs = 5

/** How many tasks a slice takes, and how long to pause after it: as fast as the database is just now. */
export class Pace {
  #size = 500

  get size(): number {
    return this.#size
  }

  /** After a slice that took so long. Answers how many milliseconds to pause. */
  took(ms: number): number {
    if (ms > aimMs) this.#size = Math.max(least, Math.floor(this.#size / 2))
    else if (ms < aimMs / 2) this.#size = Math.min(most, this.#size * 2)
    return Math.max(shortestPauseMs, ms * (1 / share - 1))
  }
}
