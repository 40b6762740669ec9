import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../services/find-program.mjs'
import { findMariadb } from '../services/mariadb.mjs'
import { runToEnd } from '../services/process.mjs'
import { debianPython } from './celery.mjs'
import { celeryPins, djangoBeatPackages, resultStorePackages } from './celery-pins.mjs'
import { contents } from './contents.mjs'
import { pipInstall } from './pip.mjs'
import { reasonIn, step } from './steps.mjs'
import { canInstallDebian, installDebian } from './system-packages.mjs'

/** @typedef {import('./celery.mjs').Celery} Celery */
/** @typedef {import('./celery.mjs').Skipped} Skipped */

/**
 * What is added to each Celery.
 * @typedef {object} Addition
 * @property {string} name
 * @property {string} tested what is left out without it
 * @property {string} modules that can be imported where it is there
 * @property {(version: string) => string[]} packages as pip takes them
 * @property {string[]} debian
 * @property {string} note file that says what was added
 */

/** @type {Addition[]} */
const additions = [
  {
    name: 'SQLAlchemy and Django',
    tested: 'SQL and Django results',
    modules: 'sqlalchemy, psycopg2, pymysql, django_celery_results',
    packages: resultStorePackages,
    debian: [
      'python3-sqlalchemy',
      'python3-psycopg2',
      'python3-pymysql',
      'python3-django',
      'python3-django-celery-results',
    ],
    note: 'result-stores.txt',
  },
  {
    name: 'django-celery-beat',
    tested: 'schedules of django-celery-beat',
    modules: 'django_celery_beat',
    packages: (version) => [...resultStorePackages(version), ...djangoBeatPackages],
    debian: ['python3-django-celery-beat'],
    note: 'django-beat.txt',
  },
]

// The server alone, without a service that the system would start; making a data directory takes a program of the client.
const debianMariadb = ['mariadb-server-core', 'mariadb-client-core']

/**
 * Adds what Celery needs to keep results in SQL databases and with Django, and beat its schedule there, and installs
 * MariaDB; also where Celery was installed before. Without them only their tests are left out, so what can't be had is
 * skipped.
 * @param {Celery[]} celery
 * @returns {Promise<Skipped[]>}
 */
export async function installResultStores(celery) {
  /** @type {Skipped[]} */
  const skipped = []
  for (const each of celery) {
    for (const addition of additions) {
      const problem = await (each.python === debianPython ? fromDebian(addition) : fromPypi(each, addition))
      if (problem !== undefined)
        skipped.push({ what: `${addition.tested} on Celery ${each.version}`, reason: problem })
    }
  }
  const problem = await installMariadb()
  if (problem !== undefined) skipped.push({ what: 'results in MariaDB', reason: problem })
  return skipped
}

/**
 * Celery's own pins are named again: whatever wanted another Celery would fail instead of changing it. What was added is
 * noted only when it works, as with the green pools.
 * @param {Celery} celery
 * @param {Addition} addition
 * @returns {Promise<string | undefined>} what went wrong
 */
async function fromPypi({ version, python }, addition) {
  const packages = [...(celeryPins[version]?.packages ?? []), ...addition.packages(version)]
  const pinned = `${packages.join('\n')}\n`
  const note = join(python, '../..', addition.note)
  if (contents(note) === pinned && (await isThere(python, addition))) return undefined
  try {
    await step(`Adding ${addition.name} to Celery ${version}`, () => pipInstall(python, packages))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  if (!(await isThere(python, addition))) return 'they were installed, but do not work'
  writeFileSync(note, pinned)
  return undefined
}

/**
 * @param {Addition} addition
 * @returns {Promise<string | undefined>} what went wrong
 */
async function fromDebian(addition) {
  if (await isThere(debianPython, addition)) return undefined
  if (!(await canInstallDebian())) return `install them by hand: ${addition.debian.join(' ')}`
  const problem = await step(`Installing Debian's ${addition.name}`, () => installDebian(addition.debian))
  if (await isThere(debianPython, addition)) return undefined
  return problem || 'they were installed, but do not work'
}

/**
 * @param {string} python
 * @param {Addition} addition
 */
async function isThere(python, { modules }) {
  return (await runToEnd(python, ['-c', `import ${modules}`])).ok
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
