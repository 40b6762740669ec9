/** What has come through the event stream since start. Counters only grow. */
export class IngestCounters {
  /** Messages taken from the broker; one may hold several events. */
  messages = 0
  /** Task rows written. */
  applied = 0
  /** Messages thrown away because too many waited for the database (Redis only). */
  dropped = 0
  /** Tasks that the database refused for their content. */
  unstorable = 0
  /** Milliseconds from arrival to commit of the last batch's last message. */
  lagMs = 0
  readonly #events = new Map<string, number>()
  readonly #malformed = new Map<string, { count: number; readonly sample: string }>()

  count(type: string): void {
    this.#events.set(type, (this.#events.get(type) ?? 0) + 1)
  }

  /** Counts what could not be read; keeps the first sample of each reason. True for the first of its reason. */
  reject(reason: string, sample: string): boolean {
    const known = this.#malformed.get(reason)
    if (known === undefined) this.#malformed.set(reason, { count: 1, sample })
    else known.count += 1
    return known === undefined
  }

  get events(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#events)
  }

  get malformed(): Readonly<Record<string, { readonly count: number; readonly sample: string }>> {
    return Object.fromEntries(this.#malformed)
  }
}
