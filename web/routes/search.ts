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

/** As everybody else writes them, so that a link can be typed: the router's own way puts quotes around `4`. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function formatSearch(search: Record<string, unknown>): string {
  const query = new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  ).toString()
  return query === '' ? '' : `?${query}`
}
