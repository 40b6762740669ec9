import { LiteralReader, type LiteralValue, type Reading } from './python-literal-reader.js'
import type { Writer } from './python-strings.js'

export type { LiteralValue } from './python-literal-reader.js'

/** A repr that was read. Neither complete nor truncated: it is not the repr of a literal. */
export interface Literal {
  /** Read to its end, with nothing cut away. */
  readonly complete: boolean
  /** Celery, or somebody after it, cut something away; `value` is what is left. */
  readonly truncated: boolean
  /** The cut goes through what encloses it, so anything may be missing. Otherwise only the `cut` values lack something. */
  readonly openEnded: boolean
  /** undefined where nothing could be read. */
  readonly value: LiteralValue | undefined
  readonly raw: string
}

/**
 * Reads the text of args, kwargs, results and the like. It is never evaluated, and time and depth are bounded.
 *
 * `celery`: the text comes from `celery.utils.saferepr`, as in events: only `'` is escaped in strings, and long values
 * are cut. `python`: from repr. `either` (the default) takes Celery's reading and where there is none Python's; where
 * both are possible but disagree on where strings end, the text is unreadable rather than guessed.
 */
export function parseLiteral(text: string, writer: Writer | 'either' = 'either'): Literal {
  const reading =
    writer === 'either' ? readEither(text) : new LiteralReader(text, writer, writer === 'celery').read()
  const openEnded = reading.state === 'truncated'
  return {
    complete: reading.state === 'whole' && !reading.hasCuts,
    truncated: openEnded || (reading.state === 'whole' && reading.hasCuts),
    openEnded,
    value: reading.value,
    raw: text,
  }
}

function readEither(text: string): Reading {
  const celery = new LiteralReader(text, 'celery', true).read()
  const isPlain = celery.state === 'whole' && !text.includes('\\')
  if (isPlain) return celery
  const python = new LiteralReader(text, 'python', true).read()
  if (python.state !== 'whole') return celery
  if (celery.state !== 'whole') return python
  return celery.spans.join() === python.spans.join()
    ? celery
    : { ...celery, value: undefined, state: 'unreadable' }
}

export type Lookup =
  | { readonly known: true; readonly value: LiteralValue }
  /**
   * `truncated`: it is in what was cut off, or the cut is open-ended: then nothing is said even where the key is seen.
   * `absent`: all was read and it isn't there. `unreadable`: there's no telling.
   */
  | { readonly known: false; readonly reason: 'truncated' | 'absent' | 'unreadable' }

/** What stands under `path`: keys of dicts, and positions in lists and tuples. Known only where it is certain. */
export function lookup(literal: Literal, path: readonly (string | number)[]): Lookup {
  if (literal.openEnded) return { known: false, reason: 'truncated' }
  let value = literal.value
  if (value === undefined) return { known: false, reason: 'unreadable' }
  for (const step of path) {
    const found = stepInto(value, step)
    if (!found.known) return found
    value = found.value
  }
  const reason = doubtOf(value)
  return reason === null ? { known: true, value } : { known: false, reason }
}

function stepInto(value: LiteralValue, step: string | number): Lookup {
  if (typeof value !== 'object' || value === null) return { known: false, reason: 'absent' }
  const reason = doubtOf(value)
  if (reason !== null) return { known: false, reason }
  if ((value.kind === 'list' || value.kind === 'tuple') && typeof step === 'number')
    return found(value.items[step])
  if (value.kind !== 'dict') return { known: false, reason: 'absent' }
  return stepIntoDict(value.entries, step)
}

function stepIntoDict(
  entries: readonly (readonly [LiteralValue, LiteralValue])[],
  step: string | number,
): Lookup {
  const match = entries.find(([key]) => key === step)
  if (match === undefined) {
    const doubt = entries.map(([key]) => doubtOf(key)).find((each) => each !== null)
    return { known: false, reason: doubt ?? 'absent' }
  }
  // A dict has each key once: the text was made to look like something it is not.
  if (match !== entries.findLast(([key]) => key === step)) return { known: false, reason: 'unreadable' }
  return { known: true, value: match[1] }
}

function found(value: LiteralValue | undefined): Lookup {
  return value === undefined ? { known: false, reason: 'absent' } : { known: true, value }
}

function doubtOf(value: LiteralValue): 'truncated' | 'unreadable' | null {
  if (typeof value !== 'object' || value === null) return null
  if (value.kind === 'cut') return 'truncated'
  return value.kind === 'opaque' ? 'unreadable' : null
}
