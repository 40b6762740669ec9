import { setTimeout as sleep } from 'node:timers/promises'
import ora from 'ora'
import { ApiError, CrisperUnreachable } from './client.js'
import { cut, printable } from './printable.js'
import { timeLimit } from './time-limit.js'

interface Following<T> {
  readonly ask: (last: T, signal: AbortSignal) => Promise<T>
  readonly hasEnded: (value: T) => boolean
  /** The live line. */
  readonly tell: (value: T) => string
  readonly seconds: number
}

export interface Followed<T> {
  readonly last: T
  /** Why it was not followed to its end. */
  readonly left?: 'time is over' | 'interrupted' | 'unreachable'
  readonly error?: unknown
}

const firstPauseMs = 100
const longestPauseMs = 1000
/** A terminal that doesn't know its width says 0. */
const narrowTerminal = 80
/** A Crisper that restarts is back by then. */
const patienceMs = 10_000

/**
 * Asks again, at growing pauses, until it has ended, the time is over, or Ctrl-C. On a terminal a live line on stderr
 * shows where it stands; scripts see nothing of it. Never rejects because Crisper is away: what was known last is worth
 * telling.
 */
export async function follow<T>(first: T, following: Following<T>): Promise<Followed<T>> {
  const { ask, hasEnded, tell, seconds } = following
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  // Not `once`: ora ends the program on Ctrl-C where it finds no listener but its own.
  process.on('SIGINT', interrupt)
  const limit = timeLimit(seconds * 1000)
  const signal = AbortSignal.any([interrupted.signal, limit.signal])
  const live = liveLine()
  let last = first
  let awaySince: number | undefined
  try {
    for (let pause = firstPauseMs; !hasEnded(last); pause = Math.min(pause * 1.5, longestPauseMs)) {
      live.show(tell(last))
      await sleep(pause, undefined, { signal }).catch(() => {})
      if (!signal.aborted) {
        try {
          last = await ask(last, signal)
          awaySince = undefined
          continue
        } catch (error) {
          if (!isAway(error)) throw error
          awaySince ??= Date.now()
          if (!signal.aborted && Date.now() - awaySince < patienceMs) continue
          if (!signal.aborted) return { last, left: 'unreachable', error }
        }
      }
      return { last, left: interrupted.signal.aborted ? 'interrupted' : 'time is over' }
    }
    return { last }
  } finally {
    process.removeListener('SIGINT', interrupt)
    limit.clear()
    live.end()
  }
}

/** "after 60 s", "(interrupted)": the end of a sentence that says that something is still open. */
export function whenLeft(left: NonNullable<Followed<unknown>['left']>, seconds: number): string {
  return left === 'time is over' ? `after ${seconds} s` : `(${left})`
}

/** 502 and 504 are a proxy's words for a Crisper that is away; 503 may also be its own, for its database. */
function isAway(error: unknown): boolean {
  return (
    error instanceof CrisperUnreachable ||
    (error instanceof ApiError && [502, 503, 504].includes(error.status))
  )
}

function liveLine() {
  // With discardStdin ora would take the keyboard, Ctrl-C included.
  const spinner = ora({ stream: process.stderr, discardStdin: false })
  return {
    show(text: string): void {
      if (!process.stderr.isTTY) return
      spinner.text = cut(printable(text), (process.stderr.columns || narrowTerminal) - 4)
      if (!spinner.isSpinning) spinner.start()
    },
    end: () => spinner.stop(),
  }
}
