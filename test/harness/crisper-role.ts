import type pg from 'pg'

const password = 'secret'

/** A role for Crisper in an application's database that may select, insert and update rows of that table, and no more. */
export async function createCrisperRole(pool: Pick<pg.Pool, 'query'>, table: string): Promise<void> {
  await pool.query(`
    create role crisper_role login password '${password}';
    create schema crisper authorization crisper_role;
    grant select, insert, update on ${table} to crisper_role;`)
}

/** The same database, as that role. */
export function asCrisperRole(url: string): string {
  const other = new URL(url)
  other.username = 'crisper_role'
  other.password = password
  return other.href
}
