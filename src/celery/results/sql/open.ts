import { maskUrl } from '../../mask-url.js'
import type { ResultBackendOptions } from '../options.js'
import { SqlResultBackend } from './backend.js'
import { celeryTable } from './celery-table.js'
import type { SqlClient } from './client.js'
import { djangoTable } from './django-table.js'
import { MysqlClient } from './mysql.js'
import { PostgresClient } from './postgres.js'
import { SqliteClient } from './sqlite.js'
import { parseSqlUrl, type SqlUrl } from './url.js'

/** Celery's own SQL backend; `url` is SQLAlchemy's. Throws BadUrl. */
export function openDatabaseBackend(
  url: string,
  maskedUrl: string,
  options: ResultBackendOptions,
): SqlResultBackend {
  return new SqlResultBackend({
    kind: 'database',
    maskedUrl,
    client: clientFor(parseSqlUrl(url)),
    table: celeryTable,
    ...common(celeryTable.name, options),
  })
}

/** The backend of django-celery-results, in the database of that URL. Throws BadUrl. */
export function openDjangoBackend(url: string, options: ResultBackendOptions): SqlResultBackend {
  return new SqlResultBackend({
    kind: 'django',
    maskedUrl: `django-db (${maskUrl(url)})`,
    client: clientFor(parseSqlUrl(url)),
    table: djangoTable,
    ...common(djangoTable.name, options),
  })
}

function common(usualName: string, { resultTable, onMalformed }: ResultBackendOptions) {
  return {
    name: { schema: resultTable?.schema ?? null, name: resultTable?.name ?? usualName },
    onMalformed: onMalformed ?? (() => undefined),
  }
}

/** It connects when it is first asked. */
export function clientFor(url: SqlUrl): SqlClient {
  if (url.kind === 'sqlite') return new SqliteClient(url)
  return url.kind === 'mysql' ? new MysqlClient(url) : new PostgresClient(url)
}
