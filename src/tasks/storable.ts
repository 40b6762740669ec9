/**
 * Text that PostgreSQL can store: it takes neither NUL nor lone surrogates. NUL becomes U+2400 (the picture of NUL),
 * a lone surrogate U+FFFD, so the rest of the text and of the batch is kept.
 */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\u2400') : wellFormed
}

/** Text kept up to a limit; `size` is the original length in UTF-16 units where it was cut. */
export interface CappedText {
  readonly text: string
  readonly size?: number
}

/** Storable text of at most `limit` characters. Of a traceback the end is worth more than the start: keep `end`. */
export function capped(text: string, limit: number, keep: 'start' | 'end' = 'start'): CappedText {
  if (text.length <= limit) return { text: storable(text) }
  const cut = keep === 'start' ? text.slice(0, limit) : text.slice(-limit)
  return { text: storable(cut), size: text.length }
}

/** Storable text for a column of so many characters; a longer one ends in an ellipsis. */
export function fitting(text: string, limit: number): string {
  const clean = storable(text)
  if (clean.length <= limit) return clean
  const points = [...clean]
  return points.length <= limit ? clean : `${points.slice(0, limit - 1).join('')}…`
}

/** Any JSON value with every string in it storable, keys included. Depth is bounded: deeper parts become a note. */
export function storableJson(value: unknown, depth = 64): unknown {
  if (typeof value === 'string') return storable(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '(nested too deep)'
  if (Array.isArray(value)) return value.map((item) => storableJson(item, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storable(key), storableJson(item, depth - 1)]),
  )
}
