import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What a process and all that it started have used. Linux only: it reads /proc. */
export interface Usage {
  /** Seconds of the process itself. */
  readonly ownCpu: number
  /** Seconds of all that it started, also of what has ended since. */
  readonly othersCpu: number
  /** Megabytes of the process itself. */
  readonly ownMemory: number
  /** Megabytes of all that it started; memory that they share counts once. */
  readonly othersMemory: number
}

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly own: number
  /** Of children that have ended and were waited for. */
  readonly ended: number
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export function usageOf(pid: number): Usage {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? [])
  const tree = descendants(all, pid)
  const root = all.find((stat) => stat.pid === pid)
  const others = tree.filter((stat) => stat.pid !== pid)
  return {
    ownCpu: root?.own ?? 0,
    othersCpu: (root?.ended ?? 0) + others.reduce((sum, { own, ended }) => sum + own + ended, 0),
    ownMemory: memoryOf(pid, 'Rss'),
    othersMemory: others.reduce((sum, stat) => sum + memoryOf(stat.pid, 'Pss'), 0),
  }
}

function descendants(all: readonly Stat[], pid: number): Stat[] {
  const children = all.filter(({ parent }) => parent === pid)
  return all
    .filter((stat) => stat.pid === pid)
    .concat(children.flatMap((child) => descendants(all, child.pid)))
}

/** Undefined where it has ended meanwhile. */
function statOf(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`)
  // The name, in brackets, may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  const seconds = (index: number) => Number(fields[index]) / ticksPerSecond
  return { pid, parent: Number(fields[1]), own: seconds(11) + seconds(12), ended: seconds(13) + seconds(14) }
}

function memoryOf(pid: number, what: 'Rss' | 'Pss'): number {
  const text = read(`/proc/${pid}/smaps_rollup`) ?? ''
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** A zombie is dead: only its parent has not noticed yet. */
export function runs(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`)
  return text !== undefined && !/\) Z /.test(text)
}
