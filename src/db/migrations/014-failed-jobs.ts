import { type Kysely, sql } from 'kysely'

/**
 * The failed and the revoked jobs of a company, a tenant or a type, in order of time. They are what is looked for most and are
 * few: the index on the company alone is read until a hundred of them are found, thousands of jobs that succeeded between
 * them. Jobs of other states are not in these indexes and don't pay for them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const columns = {
    company: sql`(coalesce(nullif(meta ->> 'company_id', ''), nullif(tenant_id, '')))`,
    tenant: sql`tenant_id`,
    task_type: sql`(meta ->> 'task_type')`,
  }
  for (const [name, column] of Object.entries(columns)) {
    await sql`
      create index ${sql.raw(`job_failed_${name}`)} on job (state, ${column}, created_at desc)
       where state in ('FAILURE', 'REVOKED')`.execute(db)
  }
}
