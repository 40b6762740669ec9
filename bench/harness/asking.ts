import { quantile, shown } from './numbers.js'

/** How long answers took, in milliseconds. */
export interface Timing {
  readonly p50: number
  readonly p95: number
  readonly worst: number
  readonly requests: number
}

export function timingOf(milliseconds: readonly number[]): Timing {
  return {
    p50: quantile(milliseconds, 0.5),
    p95: quantile(milliseconds, 0.95),
    worst: Math.max(...milliseconds),
    requests: milliseconds.length,
  }
}

/** "1.2 / 3.4 / 8.0": median, 95th percentile, worst. */
export function inCell(timing: Timing | undefined): string {
  return timing === undefined ? '–' : [timing.p50, timing.p95, timing.worst].map(shown).join(' / ')
}

/** A remark on each peer that is faster than Crisper, by the median. */
export function faster(what: string, ours: Timing, theirs: readonly (readonly [string, Timing])[]): string[] {
  return theirs
    .filter(([, timing]) => timing.p50 < ours.p50)
    .map(([peer, timing]) => `${what}: ${peer} is faster, ${shown(timing.p50)} to ${shown(ours.p50)} ms.`)
}

/** Milliseconds until the whole answer is there. Throws where it is not 200. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const begun = performance.now()
  const response = await fetch(url, { headers })
  const text = await response.text()
  const took = performance.now() - begun
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`)
  return took
}

/** Each address so often, in turn, one request at a time; for as long as `goesOn` says so. */
export async function askInTurn<K extends string>(
  urls: Readonly<Record<K, string>>,
  goesOn: (round: number) => boolean,
): Promise<Map<string, Timing>> {
  const took = new Map(Object.keys(urls).map((name) => [name, [] as number[]]))
  for (let round = 0; goesOn(round); round += 1) {
    for (const [name, url] of Object.entries<string>(urls)) took.get(name)?.push(await ask(url))
  }
  return new Map([...took].map(([name, list]) => [name, timingOf(list)]))
}
