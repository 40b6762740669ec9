import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runToEnd } from '../services/process.mjs'
import { debianPython } from './celery.mjs'
import { greenPoolPackages } from './celery-pins.mjs'
import { contents } from './contents.mjs'
import { pipInstall } from './pip.mjs'
import { step } from './steps.mjs'
import { canInstallDebian, installDebian } from './system-packages.mjs'

/** @typedef {import('./celery.mjs').Celery} Celery */
/** @typedef {import('./celery.mjs').Skipped} Skipped */

const debianPackages = ['python3-gevent', 'python3-eventlet']
const pinned = `${greenPoolPackages.join('\n')}\n`

/**
 * Adds gevent and eventlet to each Celery, also to one that was installed before. Without them only the tests of their
 * pools are left out, so what can't be had is skipped.
 * @param {Celery[]} celery
 * @returns {Promise<Skipped[]>}
 */
export async function installGreenPools(celery) {
  /** @type {Skipped[]} */
  const skipped = []
  for (const each of celery) {
    const problem = await (each.python === debianPython ? fromDebian() : fromPypi(each))
    if (problem !== undefined)
      skipped.push({ what: `gevent and eventlet on Celery ${each.version}`, reason: problem })
  }
  return skipped
}

/**
 * What was added is noted only when it works: what an interrupted run has left half installed is installed again.
 * @param {Celery} celery
 * @returns {Promise<string | undefined>} what went wrong
 */
async function fromPypi({ version, python }) {
  const note = join(python, '../../green-pools.txt')
  if (contents(note) === pinned && (await hasBoth(python))) return undefined
  try {
    await step(`Adding gevent and eventlet to Celery ${version}`, () => pipInstall(python, greenPoolPackages))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (!(await hasBoth(python))) return 'they were installed, but do not work'
  writeFileSync(note, pinned)
  return undefined
}

/** @returns {Promise<string | undefined>} what went wrong */
async function fromDebian() {
  if (await hasBoth(debianPython)) return undefined
  if (!(await canInstallDebian())) return `install them by hand: ${debianPackages.join(' ')}`
  const problem = await step("Installing Debian's gevent and eventlet", () => installDebian(debianPackages))
  if (await hasBoth(debianPython)) return undefined
  return problem || 'they were installed, but do not work'
}

/**
 * gevent can be imported without the library of its event loop: it shows when it is used.
 * @param {string} python
 */
async function hasBoth(python) {
  const use = 'import gevent, eventlet; gevent.sleep(0); eventlet.sleep(0)'
  return (await runToEnd(python, ['-c', use])).ok
}
