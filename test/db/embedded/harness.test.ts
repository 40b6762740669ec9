import pg from 'pg'
import { expect, test } from 'vitest'
import { startPostgres } from '../../harness/postgres.js'
import { embeddedServers } from './data-directories.js'

const directories = embeddedServers()

test('the PostgreSQL for tests keeps its port and data, and wants a password', async () => {
  const postgres = await startPostgres({ dir: await directories.directory() })
  try {
    await query(postgres.url, 'create table kept as select 42 as answer')
    await postgres.restart()
    expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }])
    await postgres.kill()
    await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
    await postgres.restart()
    expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }])
    await expect(query(postgres.url.replace(/:[0-9a-f]+@/, ':wrong@'), 'select 1')).rejects.toThrow(
      'password',
    )
  } finally {
    await postgres.stop()
  }
})

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}
