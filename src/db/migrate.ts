import { type Kysely, Migrator } from 'kysely'
import type pg from 'pg'
import { ourSchema } from './connect.js'
import { migrations } from './migrations/index.js'
import type { Database } from './schema.js'

/**
 * Creates and upgrades our own schema, under Kysely's lock so that several starting replicas don't meet. The caller's
 * role needs CREATE on the database only until the schema exists.
 */
export async function migrate(db: Kysely<Database>, pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query('select 1 from pg_namespace where nspname = $1', [ourSchema])
  if (rows.length === 0) await pool.query(`create schema if not exists ${ourSchema}`)

  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: ourSchema,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
