import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findMariadb, startMariadb } from '../../scripts/services/mariadb.mjs'
import { runToEnd } from '../../scripts/services/process.mjs'
import type { CeleryVersion } from './celery-versions.js'
import type { Results } from './cluster.js'
import { startPostgres } from './postgres.js'
import { TestFolder } from './test-folder.js'

const appDir = fileURLToPath(new URL('./app/', import.meta.url))

/** A database of its own in which Celery keeps results. */
export interface ResultStore extends Results {
  /** Of `django-db`: the database of Django. */
  readonly djangoDatabase: string | null
  stop(): Promise<void>
}

export type StoreKind =
  | 'PostgreSQL'
  | 'SQLite'
  | 'MariaDB'
  | 'Django on PostgreSQL'
  | 'Django on SQLite'
  | 'Django on MariaDB'

/** Why a store can't be used with that Celery, or null where it can: not everything can be had everywhere. */
export function missingFor(kind: StoreKind, { python }: CeleryVersion): string | null {
  const modules = ['sqlalchemy', 'psycopg2', 'pymysql', 'django_celery_results']
  if (spawnSync(python, ['-c', `import ${modules.join()}`]).status !== 0)
    return `${python} lacks one of ${modules.join(', ')}`
  return kind.endsWith('MariaDB') && findMariadb() === undefined ? 'MariaDB is not installed' : null
}

export async function startStore(kind: StoreKind, celery: CeleryVersion): Promise<ResultStore> {
  const folder = new TestFolder()
  const { url, stop } = await database(kind, folder)
  const end = async () => {
    await stop()
    folder.remove()
  }
  // Without it Celery's extra columns stay empty.
  const env = { CELERY_RESULT_EXTENDED: '1' }
  if (!kind.startsWith('Django')) return { url: `db+${url}`, djangoDatabase: null, env, stop: end }
  const django = {
    ...env,
    DJANGO_SETTINGS_MODULE: 'django_test_settings',
    DJANGO_TEST_DATABASE: url.replace(/^(\w+)\+?\w*:/, '$1:'),
  }
  await migrate(celery, django)
  return {
    url: 'django-db',
    djangoDatabase: url,
    env: django,
    flags: ['--result-database', url],
    stop: end,
  }
}

async function database(
  kind: StoreKind,
  folder: TestFolder,
): Promise<{ url: string; stop: () => Promise<void> }> {
  if (kind.endsWith('SQLite')) {
    return { url: `sqlite:///${join(folder.path('sqlite'), 'results.db')}`, stop: async () => undefined }
  }
  if (kind.endsWith('PostgreSQL')) {
    const postgres = await startPostgres({ dir: folder.path('postgres') })
    const url = kind.startsWith('Django')
      ? postgres.url
      : postgres.url.replace('postgres:', 'postgresql+psycopg2:')
    return { url, stop: () => postgres.stop() }
  }
  const password = randomBytes(12).toString('hex')
  const mariadb = await startMariadb({
    dir: folder.path('mariadb'),
    sql: [
      'create database results;',
      'create database locked;',
      `create user crisper@'127.0.0.1' identified by '${password}';`,
      "grant all on results.* to crisper@'127.0.0.1';",
      "grant all on locked.* to crisper@'127.0.0.1';",
    ],
  })
  return {
    url: `mysql+pymysql://crisper:${password}@127.0.0.1:${mariadb.port}/results`,
    stop: () => mariadb.stop(),
  }
}

async function migrate({ python }: CeleryVersion, env: Readonly<Record<string, string>>): Promise<void> {
  const { ok, output } = await runToEnd(python, ['-m', 'django', 'migrate'], {
    cwd: appDir,
    env: { ...process.env, PYTHONPATH: appDir, PYTHONDONTWRITEBYTECODE: '1', ...env },
  })
  if (!ok) throw new Error(`Django could not make its tables: ${output}`)
}
