/** Seconds precision where there are no fractions, as the contract writes times. */
export function iso(date: Date): string
export function iso(date: Date | null): string | null
export function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString().replace('.000Z', 'Z')
}
