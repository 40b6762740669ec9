/** What stands for all that is beyond the bound. */
const other = 'other'

/**
 * Keeps the number of series of a metric bounded. The first so many sets of labels that are seen count by themselves,
 * later ones together as `other`: a ranking that changed would make counters jump.
 */
export class LabelSets<Name extends string> {
  readonly #most: number
  readonly #seen = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  bounded(labels: Record<Name, string>): Record<Name, string> {
    let key = ''
    for (const name in labels) key += `${labels[name]}\0`
    if (!this.#seen.has(key)) {
      if (this.#seen.size >= this.#most) return mapped(labels)
      this.#seen.add(key)
    }
    return labels
  }
}

function mapped<Name extends string>(labels: Record<Name, string>): Record<Name, string> {
  const all: Record<Name, string> = { ...labels }
  for (const name in all) all[name] = other
  return all
}

/** The `most` greatest, and the sum of all others under `other`: for what is measured anew each time. */
export function topOf(
  values: Iterable<readonly [label: string, value: number]>,
  most: number,
): readonly (readonly [label: string, value: number])[] {
  const sorted = [...values].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const rest = sorted.slice(most).reduce((sum, [, value]) => sum + value, 0)
  return sorted.length <= most ? sorted : [...sorted.slice(0, most), [other, rest]]
}
