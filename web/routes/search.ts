/** Parameters of a URL; what is absent or undefined does not stand in it. */
export type Search<Name extends string> = { [N in Name]?: string | undefined }

/** Reads these parameters of a URL as text; what is empty, of another kind or of another name is left out. */
export function searchOf<Name extends string>(
  names: readonly Name[],
): (given: Record<string, unknown>) => Search<Name> {
  return (given) => {
    const search: Search<Name> = {}
    for (const name of names) {
      const value = given[name]
      if (typeof value === 'number' || (typeof value === 'string' && value !== ''))
        search[name] = String(value)
    }
    return search
  }
}
