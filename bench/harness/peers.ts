import { existsSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runToEnd } from '../../scripts/services/process.mjs'
import { celeryPins } from '../../scripts/setup/celery-pins.mjs'
import { pipInstall } from '../../scripts/setup/pip.mjs'
import { findPython } from '../../scripts/setup/python.mjs'
import { say } from './report.js'

/** Another program that follows Celery's events, installed. */
export interface Peer {
  /** Such as `Flower 2.0.1`. */
  readonly name: string
  readonly python: string
}

export interface Peers {
  readonly flowers: readonly Peer[]
  readonly exporter: Peer | undefined
  /** Those that could not be had, and why. */
  readonly missing: readonly string[]
}

const cache = resolve('.cache/bench')

interface Wanted {
  readonly folder: string
  readonly title: string
  readonly distribution: string
  readonly packages: readonly string[]
}

/** All with the newest Celery that Crisper is tested with; the client of Redis is what each peer wants. */
const celery = celeryPins['5.6.3']?.packages.filter((pinned) => !pinned.startsWith('redis')) ?? []
const oldFlower = {
  folder: 'flower-2.0.1',
  title: 'Flower',
  distribution: 'flower',
  packages: ['flower==2.0.1', 'redis==6.4.0'],
}
const newFlower = {
  folder: 'flower-newest',
  title: 'Flower',
  distribution: 'flower',
  packages: ['flower', 'redis==6.4.0'],
}
/** Its author's name on PyPI; the one that is called `celery-exporter` there is another, of 2021. */
const exporter = {
  folder: 'celery-exporter',
  title: 'celery-exporter',
  distribution: 'prometheus-exporter-celery',
  packages: ['prometheus-exporter-celery==0.11.2'],
}

/** Each in a virtual environment of its own below `.cache/bench`, made once; delete its folder to have it made anew. */
export async function installPeers(): Promise<Peers> {
  const missing: string[] = []
  const have = async (wanted: Wanted) => {
    try {
      return await install(wanted)
    } catch (error) {
      missing.push(`${wanted.title} (${wanted.packages.join(' ')}): ${String(error)}`)
      return undefined
    }
  }
  const flowers = [await have(oldFlower), await have(newFlower)].filter((peer) => peer !== undefined)
  return { flowers, exporter: await have(exporter), missing }
}

export const noPeers: Peers = { flowers: [], exporter: undefined, missing: ['all, as was asked'] }

async function install({ folder, title, distribution, packages }: Wanted): Promise<Peer> {
  const home = join(cache, folder)
  const python = join(home, 'bin/python')
  if (!existsSync(python)) {
    say(`installing ${packages.join(' ')} …`)
    await make(home, packages)
  }
  const question = `from importlib.metadata import version; print(version('${distribution}'))`
  const { ok, output } = await runToEnd(python, ['-c', question])
  if (!ok) throw new Error(`it was installed, but can't be used: ${output.trim().split('\n').at(-1)}`)
  return { name: `${title} ${output.trim()}`, python }
}

/** Under another name first: a run that is interrupted leaves nothing that looks usable. */
async function make(home: string, packages: readonly string[]): Promise<void> {
  const base = await findPython({ min: 9, max: 13 })
  if (base === undefined) throw new Error('there is no Python 3.9 to 3.13 with venv')
  const draft = `${home}.${process.pid}`
  try {
    const made = await runToEnd(base.path, ['-m', 'venv', draft])
    if (!made.ok) throw new Error(made.output.trim())
    await pipInstall(join(draft, 'bin/python'), [...packages, ...celery])
    renameSync(draft, home)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}
