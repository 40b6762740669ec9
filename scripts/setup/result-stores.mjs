import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../services/find-program.mjs'
import { findMariadb } from '../services/mariadb.mjs'
import { runToEnd } from '../services/process.mjs'
import { debianPython } from './celery.mjs'
import { celeryPins, resultStorePackages } from './celery-pins.mjs'
import { contents } from './contents.mjs'
import { pipInstall } from './pip.mjs'
import { reasonIn, step } from './steps.mjs'
import { canInstallDebian, installDebian } from './system-packages.mjs'

/** @typedef {import('./celery.mjs').Celery} Celery */
/** @typedef {import('./celery.mjs').Skipped} Skipped */

const debianPackages = [
  'python3-sqlalchemy',
  'python3-psycopg2',
  'python3-pymysql',
  'python3-django',
  'python3-django-celery-results',
]

// The server alone, without a service that the system would start; making a data directory takes a program of the client.
const debianMariadb = ['mariadb-server-core', 'mariadb-client-core']

/**
 * Adds what Celery needs to keep results in SQL databases and with Django, and installs MariaDB; also where Celery was
 * installed before. Without them only the tests of those result backends are left out, so what can't be had is skipped.
 * @param {Celery[]} celery
 * @returns {Promise<Skipped[]>}
 */
export async function installResultStores(celery) {
  /** @type {Skipped[]} */
  const skipped = []
  for (const each of celery) {
    const problem = await (each.python === debianPython ? fromDebian() : fromPypi(each))
    if (problem !== undefined)
      skipped.push({ what: `SQL and Django results on Celery ${each.version}`, reason: problem })
  }
  const problem = await installMariadb()
  if (problem !== undefined) skipped.push({ what: 'results in MariaDB', reason: problem })
  return skipped
}

/**
 * Celery's own pins are named again: whatever wanted another Celery would fail instead of changing it. What was added is
 * noted only when it works, as with the green pools.
 * @param {Celery} celery
 * @returns {Promise<string | undefined>} what went wrong
 */
async function fromPypi({ version, python }) {
  const packages = [...(celeryPins[version]?.packages ?? []), ...resultStorePackages(version)]
  const pinned = `${packages.join('\n')}\n`
  const note = join(python, '../../result-stores.txt')
  if (contents(note) === pinned && (await hasAll(python))) return undefined
  try {
    await step(`Adding SQLAlchemy and Django to Celery ${version}`, () => pipInstall(python, packages))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (!(await hasAll(python))) return 'they were installed, but do not work'
  writeFileSync(note, pinned)
  return undefined
}

/** @returns {Promise<string | undefined>} what went wrong */
async function fromDebian() {
  if (await hasAll(debianPython)) return undefined
  if (!(await canInstallDebian())) return `install them by hand: ${debianPackages.join(' ')}`
  const problem = await step("Installing Debian's SQLAlchemy and Django", () => installDebian(debianPackages))
  if (await hasAll(debianPython)) return undefined
  return problem || 'they were installed, but do not work'
}

/** @param {string} python */
async function hasAll(python) {
  return (await runToEnd(python, ['-c', 'import sqlalchemy, psycopg2, pymysql, django_celery_results'])).ok
}

/**
 * @returns {Promise<string | undefined>} what went wrong
 */
async function installMariadb() {
  if (findMariadb() !== undefined) return undefined
  const brew = findProgram('brew')
  if (!(await canInstallDebian()) && brew === undefined)
    return `install them by hand: ${debianMariadb.join(' ')}`
  const problem = await step('Installing MariaDB', async () => {
    if (brew === undefined) return installDebian(debianMariadb)
    const { ok, output } = await runToEnd(brew, ['install', '--quiet', 'mariadb'])
    return ok ? '' : reasonIn(output)
  })
  if (findMariadb() !== undefined) return undefined
  return problem || 'it was installed, but is not found'
}
