/** The latest of some moments. */
export function latest(first: Date, ...others: readonly (Date | null)[]): Date {
  return new Date(Math.max(first.getTime(), ...others.map((other) => other?.getTime() ?? 0)))
}
