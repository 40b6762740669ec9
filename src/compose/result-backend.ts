import type { ResultBackend } from '../celery/results/backend.js'
import { openResultBackend } from '../celery/results/open.js'
import type { Config } from '../config.js'
import { RedactedResults } from '../redaction/redacted-results.js'

/** The result backend that the configuration names, read without secrets. Throws BadUrl for a URL that can't be used. */
export function openConfiguredBackend(config: Config): ResultBackend {
  const backend = openResultBackend(config.result_backend, {
    resultKeyprefix: config.result_keyprefix,
    masterName: config.broker_options.master_name,
    sentinelPassword: config.broker_options.sentinel_password,
    // Whoever gives Crisper a database of their own and uses django-db most likely gave that of Django.
    djangoDatabase: config.result_database ?? config.database,
    resultTable: { name: config.result_tables.task, schema: config.result_tables.schema },
  })
  return new RedactedResults(backend, config.redaction)
}
