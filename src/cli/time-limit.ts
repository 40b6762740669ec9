export interface TimeLimit {
  readonly signal: AbortSignal
  /** Before the time is over, where it is no longer of interest. */
  clear(): void
}

/**
 * A signal that aborts after so many milliseconds. `AbortSignal.timeout` does not do beside others in `AbortSignal.any`:
 * Node 20 may collect it as garbage, and then nothing ever aborts.
 */
export function timeLimit(ms: number): TimeLimit {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new DOMException('The time is over.', 'TimeoutError')), ms)
  return { signal: over.signal, clear: () => clearTimeout(timer) }
}
