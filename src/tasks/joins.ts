import { canonical } from './canonical.js'

/** The greater of two by `compare`, which orders everything that differs; what is missing loses. */
export function greater<T>(
  a: T | undefined,
  b: T | undefined,
  compare: (a: T, b: T) => number,
): T | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b
  return compare(a, b) >= 0 ? a : b
}

/** The later wins; an exact tie is broken the same way whatever the order of arrival. */
export function compareDated<T extends { readonly at: number }>(a: T, b: T): number {
  return a.at - b.at || compareText(a, b)
}

export function compareText(a: object, b: object): number {
  const [left, right] = [canonical(a), canonical(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

export function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}

export function most(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}
