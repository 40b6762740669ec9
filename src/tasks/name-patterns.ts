/** Tasks by their names. */
export interface NamePatterns {
  readonly names?: readonly string[] | undefined
  /** Each ends in `.`. */
  readonly prefixes?: readonly string[] | undefined
}

/** Finds what is meant for a task of a name: an exact match first, then the longest matching prefix, else undefined. */
export function byName<T>(
  entries: readonly (readonly [patterns: NamePatterns, meant: T])[],
): (taskName: string) => T | undefined {
  const exact = new Map(
    entries.flatMap(([{ names = [] }, meant]) => names.map((name) => [name, meant] as const)),
  )
  const prefixes = entries
    .flatMap(([{ prefixes = [] }, meant]) => prefixes.map((prefix) => ({ prefix, meant })))
    .sort((a, b) => b.prefix.length - a.prefix.length)
  return (taskName) =>
    exact.get(taskName) ?? prefixes.find(({ prefix }) => taskName.startsWith(prefix))?.meant
}
