import type { RedisResultOptions } from './redis.js'

/** What the URL of a result backend doesn't say. */
export interface ResultBackendOptions extends RedisResultOptions {
  /** The database of the Django application, for `django-db`; null where nobody knows. */
  readonly djangoDatabase?: string | null
  /** Names that the application gives to the table of results (`database_table_names`, `database_table_schemas`). */
  readonly resultTable?: { readonly name: string | null; readonly schema: string | null }
}
