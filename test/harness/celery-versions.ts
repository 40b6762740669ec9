import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export interface CeleryVersion {
  readonly version: string
  /** Interpreter that has it. */
  readonly python: string
}

const setting = z.array(z.object({ version: z.string(), python: z.string() })).min(1)

/**
 * The Celerys that tests run against, oldest first: those of the environment variable CRISPER_TEST_CELERY, a JSON list,
 * else the ones that `npm test` has installed in `.cache/celery/<version>`.
 */
export function celeryVersions(): readonly [CeleryVersion, ...CeleryVersion[]] {
  const given = process.env.CRISPER_TEST_CELERY
  const [oldest, ...others] = (given ? setting.parse(JSON.parse(given)) : installed()).toSorted(byVersion)
  if (oldest === undefined) {
    throw new Error('There is no Celery to test with: run `npm test`, or set CRISPER_TEST_CELERY.')
  }
  return [oldest, ...others]
}

/** For tests where the version makes no difference. */
export function newestCelery(): CeleryVersion {
  const versions = celeryVersions()
  return versions.at(-1) ?? versions[0]
}

/** The oldest and the newest: for tests where only the ends make a difference. */
export function oldestAndNewest(): CeleryVersion[] {
  const versions = celeryVersions()
  return [...new Set([versions[0], versions.at(-1) ?? versions[0]])]
}

/** Whether workers of that Celery can run on a pool of greenlets: what these need can't be had everywhere. */
export function hasGreenPool({ python }: CeleryVersion, library: 'gevent' | 'eventlet'): boolean {
  return spawnSync(python, ['-c', `import ${library}; ${library}.sleep(0)`]).status === 0
}

/** Whether django-celery-beat is there, which needs Django and can't be had everywhere. */
export function hasDjangoBeat({ python }: CeleryVersion): boolean {
  return spawnSync(python, ['-c', 'import django_celery_beat, psycopg2']).status === 0
}

function installed(): CeleryVersion[] {
  const folder = fileURLToPath(new URL('../../.cache/celery/', import.meta.url))
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map((version) => ({ version, python: `${folder}${version}/bin/python` }))
    .filter(({ python }) => existsSync(python))
}

function byVersion(one: CeleryVersion, other: CeleryVersion): number {
  return one.version.localeCompare(other.version, 'en', { numeric: true })
}
