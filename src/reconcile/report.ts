/** What one run of reconciling found and did. */
export interface Report {
  readonly startedAt: Date
  /** Seconds. */
  readonly took: number
  /** Unfinished and lost tasks that were looked at. */
  readonly checked: number
  /** Tasks whose state was wrong, by the state that they have now. */
  readonly healed: Readonly<Record<string, number>>
  /** Tasks that nobody had heard of, found in the result backend or with a worker. */
  readonly added: number
  /** Tasks that count as lost from now on. */
  readonly lost: number
  /** Tasks that nobody seems to have: lost, if the next look says the same. */
  readonly suspected: number
  /** Lost tasks that somebody has after all; those that ended are among the healed. */
  readonly foundAgain: number
  /** Lost tasks that were given up (`reconcile.fail_lost_after`). */
  readonly givenUp: number
  /** Tasks of which nothing could be said, since their worker gave no answer. */
  readonly unanswered: number
  /** Online workers that gave no answer. */
  readonly silentWorkers: readonly string[]
  /** What could not be asked, in words. */
  readonly problems: readonly string[]
  /** More are to be looked at than one run may; the next goes on with them. */
  readonly more: boolean
}

/** A report while its run goes on. */
export class Counts {
  readonly #startedAt = new Date()
  readonly #healed = new Map<string, number>()
  readonly #problems = new Set<string>()
  checked = 0
  added = 0
  lost = 0
  suspected = 0
  foundAgain = 0
  givenUp = 0
  unanswered = 0
  silentWorkers: readonly string[] = []
  more = false

  healed(state: string): void {
    this.#healed.set(state, (this.#healed.get(state) ?? 0) + 1)
  }

  problem(text: string): void {
    this.#problems.add(text)
  }

  report(): Report {
    const { checked, added, lost, suspected, foundAgain, givenUp, unanswered, silentWorkers, more } = this
    return {
      startedAt: this.#startedAt,
      took: (Date.now() - this.#startedAt.getTime()) / 1000,
      healed: Object.fromEntries([...this.#healed].sort(([a], [b]) => (a < b ? -1 : 1))),
      problems: [...this.#problems],
      ...{ checked, added, lost, suspected, foundAgain, givenUp, unanswered, silentWorkers, more },
    }
  }
}
