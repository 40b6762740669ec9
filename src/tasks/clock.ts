/**
 * Decides when an event happened, where hosts' clocks can't all be trusted.
 *
 * A timestamp from the future is wrong for certain. One from the past may be right (the event waited in a queue while
 * we, the broker or the worker's connection were away), so a clock counts as behind only when every event of its host
 * has been late for a while, or when one is later than any queue of ours can hold. Events of a host whose clock is
 * wrong are placed by their arrival.
 */
export class ClockWatch {
  /** By host: since when (arrival, epoch seconds) all its events have been late, and the least lateness seen since. */
  readonly #late = new Map<string, { since: number; least: number }>()

  /** `skew` is timestamp minus arrival in seconds, given only where the clock is taken to be wrong. */
  place(event: { readonly hostname: string; readonly timestamp: number; readonly arrivedAt: number }): {
    at: number
    skew?: number
  } {
    const { hostname, timestamp, arrivedAt } = event
    const late = arrivedAt - timestamp
    if (late <= tolerance) {
      this.#late.delete(hostname)
      return late < -tolerance ? { at: arrivedAt, skew: -late } : { at: timestamp }
    }
    if (late > longestWait) return { at: arrivedAt, skew: -late }

    const known = this.#late.get(hostname)
    if (known === undefined) {
      if (this.#late.size >= mostHosts) this.#late.clear()
      this.#late.set(hostname, { since: arrivedAt, least: late })
      return { at: timestamp }
    }
    known.least = Math.min(known.least, late)
    return arrivedAt - known.since >= evidence ? { at: arrivedAt, skew: -known.least } : { at: timestamp }
  }
}

/** Seconds of difference that say nothing: network, batching, ordinary drift. */
const tolerance = 5
/** Seconds that an event can wait for us at most: the events queue on RabbitMQ expires after an hour unused. */
const longestWait = 3600
/** Seconds for which every event of a host must have been late. */
const evidence = 30
/** Hosts come and go (one a pod, one a client process); forgetting costs only new evidence. */
const mostHosts = 10_000
