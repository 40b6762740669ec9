import { type Kysely, sql } from 'kysely'

/** What failed of a type and a company: the three filters that are set together most. As in migration 014, others don't pay. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index job_failed_company_task_type
        on job (state, (coalesce(nullif(meta ->> 'company_id', ''), nullif(tenant_id, ''))), (meta ->> 'task_type'),
                created_at desc)
     where state in ('FAILURE', 'REVOKED')`.execute(db)
}
