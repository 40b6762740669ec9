import { LRUCache } from 'lru-cache'

/** Seconds between two looks that count as two: an event that was on its way has come by then. */
export const secondLookS = 8
/** Milliseconds for which a first look is remembered. */
const rememberMs = 15 * 60_000
const most = 50_000

/** Tasks that nobody had at the first look. Only a second one that says the same makes them lost. */
export class Suspects {
  readonly #first = new LRUCache<string, { readonly at: number; readonly why: string }>({
    max: most,
    ttl: rememberMs,
  })

  /** Whether it was absent for the same reason at a look long enough ago. `at` is now, in epoch seconds. */
  confirm(taskId: string, why: string, at: number): boolean {
    const first = this.#first.get(taskId)
    if (first?.why === why) return at - first.at >= secondLookS
    this.#first.set(taskId, { at, why })
    return false
  }

  clear(taskId: string): void {
    this.#first.delete(taskId)
  }
}
