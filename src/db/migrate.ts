import { type Kysely, type Migration, Migrator } from 'kysely'
import pRetry from 'p-retry'
import type pg from 'pg'
import { z } from 'zod'
import { ourSchema } from './connect.js'
import { migrations } from './migrations/index.js'
import type { Database } from './schema.js'

const deadlockDetected = '40P01'
/** Attempts in all: the database ends one of two that wait for each other, and that may be ours. */
const mostAttempts = 10

/**
 * Creates and upgrades our own schema, under Kysely's lock so that several starting replicas don't meet. The caller's
 * role needs CREATE on the database only until the schema exists. Answers with the migrations of a newer Crisper that were
 * found: a migration leaves the Crisper before it working (docs/replicas.md), so this one goes on.
 */
export async function migrate(
  db: Kysely<Database>,
  pool: pg.Pool,
  known: Readonly<Record<string, Migration>> = migrations,
): Promise<readonly string[]> {
  const { rows } = await pool.query('select 1 from pg_namespace where nspname = $1', [ourSchema])
  if (rows.length === 0) await pool.query(`create schema if not exists ${ourSchema}`)

  let newer: readonly string[] = []
  const migrator = new Migrator({
    db,
    provider: {
      // Asked under the lock, when nobody else migrates.
      getMigrations: async () => {
        newer = await newerThan(known, pool)
        return { ...known, ...Object.fromEntries(newer.map((name) => [name, itsOwn])) }
      },
    },
    migrationTableSchema: ourSchema,
  })
  await pRetry(
    async () => {
      const { error } = await migrator.migrateToLatest()
      if (error !== undefined) throw error instanceof Error ? error : new Error(String(error))
    },
    {
      retries: mostAttempts - 1,
      minTimeout: 100,
      maxTimeout: 2000,
      shouldRetry: ({ error }) => 'code' in error && error.code === deadlockDetected,
    },
  )
  return newer
}

/** Stands for one that a newer Crisper has run. */
const itsOwn: Migration = { up: async () => {} }

const executed = z.array(z.object({ name: z.string() }))

/** Migrations that were run here, later than all that this Crisper knows. */
async function newerThan(
  known: Readonly<Record<string, Migration>>,
  pool: pg.Pool,
): Promise<readonly string[]> {
  const names = Object.keys(known)
  const last = names.sort().at(-1) ?? ''
  const { rows } = await pool.query(
    `select name from ${ourSchema}.kysely_migration where name > $1 collate "C" order by name collate "C"`,
    [last],
  )
  return executed.parse(rows).map(({ name }) => name)
}
