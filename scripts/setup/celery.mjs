import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isAlive, runToEnd } from '../services/process.mjs'
import { celeryPins } from './celery-pins.mjs'
import { contents } from './contents.mjs'
import { pipInstall } from './pip.mjs'
import { findPython } from './python.mjs'
import { reasonIn, step } from './steps.mjs'
import { canInstallDebian, installDebian } from './system-packages.mjs'

/**
 * @typedef {{ version: string, python: string }} Celery a version of Celery and the interpreter that has it
 * @typedef {{ what: string, reason: string }} Skipped
 */

const cache = resolve('.cache/celery')
/** The interpreter that Debian's own Celery is for. */
export const debianPython = '/usr/bin/python3'
const debianPackages = ['celery', 'python3-redis', 'python3-msgpack', 'python3-yaml']

/**
 * Makes a virtual environment for each version. Where PyPI can't be reached, Debian's own Celery takes the place of
 * the version that it is.
 * @param {string[]} versions
 * @returns {Promise<{ celery: Celery[], skipped: Skipped[] }>}
 */
export async function installCelery(versions) {
  /** @type {Celery[]} */
  const celery = []
  /** @type {Skipped[]} */
  const skipped = []
  for (const version of versions) {
    const { python, problem } = await virtualEnvironment(version)
    if (python !== undefined) celery.push({ version, python })
    else skipped.push({ what: `Celery ${version}`, reason: problem })
  }
  if (skipped.length === 0) return { celery, skipped }

  const ofDebian = await debianCelery()
  if (ofDebian === undefined || celery.some(({ version }) => version === ofDebian)) return { celery, skipped }
  const stillSkipped = skipped.filter(({ what }) => what !== `Celery ${ofDebian}`)
  return { celery: [{ version: ofDebian, python: debianPython }, ...celery], skipped: stillSkipped }
}

/**
 * @param {string} version
 * @returns {Promise<{ python: string, problem?: never } | { python?: never, problem: string }>}
 */
async function virtualEnvironment(version) {
  const pin = celeryPins[version]
  if (pin === undefined) return { problem: `unknown here; known are ${Object.keys(celeryPins).join(', ')}` }
  const folder = join(cache, version)
  const python = join(folder, 'bin/python')
  const pinned = `${pin.packages.join('\n')}\n`
  if (contents(join(folder, 'pinned.txt')) === pinned && (await versionIn(python)) === version)
    return { python }

  const base = await findPython(pin.python)
  if (base === undefined) return { problem: `it needs Python 3.${pin.python.min} to 3.${pin.python.max}` }
  try {
    await step(`Installing Celery ${version}`, () => make(folder, base.path, pin.packages, pinned))
    return { python }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Made under another name and renamed once it is whole: a run that is interrupted leaves nothing that looks usable, and
 * two runs at once don't meet. (`python -m` works from a renamed environment; only its `bin/celery` would not.)
 * @param {string} folder
 * @param {string} basePython
 * @param {string[]} packages
 * @param {string} pinned
 */
async function make(folder, basePython, packages, pinned) {
  removeLeftovers()
  const draft = `${folder}.${process.pid}`
  const python = join(draft, 'bin/python')
  try {
    const made = await runToEnd(basePython, ['-m', 'venv', draft])
    if (!made.ok) throw new Error(reasonIn(made.output))
    await pipInstall(python, packages)
    if ((await versionIn(python)) === undefined) throw new Error('it was installed, but can not be imported')
    writeFileSync(join(draft, 'pinned.txt'), pinned)
    rmSync(folder, { recursive: true, force: true })
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Drafts of runs that are gone. */
function removeLeftovers() {
  if (!existsSync(cache)) return
  for (const name of readdirSync(cache)) {
    const [, pid] = /^[\d.]+\.(\d{2,})$/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(cache, name), { recursive: true, force: true })
  }
}

/** @returns {Promise<string | undefined>} the version of Debian's Celery, installed where that can be done */
async function debianCelery() {
  const there = await versionIn(debianPython)
  if (there !== undefined || !(await canInstallDebian())) return there
  await step("Installing Debian's Celery instead", () => installDebian(debianPackages))
  return versionIn(debianPython)
}

/**
 * @param {string} python
 * @returns {Promise<string | undefined>} its version of Celery, where that and what the workers need can be imported
 */
async function versionIn(python) {
  const question =
    'import celery, kombu.transport.redis, kombu.transport.pyamqp, msgpack, yaml; print(celery.__version__)'
  const { ok, output } = await runToEnd(python, ['-c', question])
  return ok ? output.trim().split('\n').at(-1) : undefined
}
