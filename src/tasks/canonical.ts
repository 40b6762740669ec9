/** JSON with sorted keys: the same value always gives the same text, also after a round trip through the database. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

type WithUndefined<T> = { [K in keyof T]: T[K] | undefined }

/** Leaves out what is undefined, so that a value equals its own JSON. */
export function compact<T extends object>(parts: WithUndefined<T>): T {
  const kept: Partial<T> = {}
  // No entries: this runs several times for each event.
  for (const key in parts) {
    const value = parts[key]
    if (value !== undefined) kept[key] = value
  }
  return kept as T
}
