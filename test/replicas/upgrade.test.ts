import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Load } from '../faults/load.js'
import { statesInCrisper } from '../harness/all-tasks.js'
import { oppositeCorners } from '../harness/corners.js'
import { eventually } from '../harness/eventually.js'
import { Replicas } from './replicas.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * A copy of what was built with one migration more, as the next version may bring: it changes the tables that ingest
 * writes, and holds their locks for a while.
 */
function nextVersion(dir: string): string {
  mkdirSync(dir, { recursive: true })
  cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(dir, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const list = join(dir, 'dist/db/migrations/index.js')
  const next = `
import { sql } from 'kysely'
migrations['999-next'] = {
  up: async (db) => {
    await sql\`alter table task_detail add column next_version integer not null default 7\`.execute(db)
    await sql\`alter table stop_request add column next_version text\`.execute(db)
    await sql\`create index task_detail_next on task_detail (next_version, task_id)\`.execute(db)
    await sql\`select pg_sleep(3)\`.execute(db)
  },
}
`
  writeFileSync(list, readFileSync(list, 'utf8') + next)
  return join(dir, 'dist/cli/main.js')
}

describe.each(oppositeCorners())('a rolling upgrade under load ($kind)', ({ kind, celery }) => {
  let here: Replicas

  beforeAll(async () => {
    here = await Replicas.prepare({ kind, celery })
    await here.cluster.startWorker()
  }, 240_000)

  afterAll(async () => {
    expect(await here?.stop()).toEqual([0, 0])
  })

  test('the new version migrates while the old one works on; nothing is lost, and both go on', {
    timeout: 400_000,
  }, async () => {
    const program = nextVersion(here.cluster.folder.path('next'))
    const [old, second] = [await here.start(), await here.start()]
    const load = new Load(here.cluster)
    await load.more(100)

    const next = await here.start({ program })
    const { rows } = await here.pool.query(
      'select count(*)::int as n from task_detail where next_version = 7',
    )
    expect(rows[0].n).toBeGreaterThan(0)
    await load.more(50)
    expect(await old.end()).toBe(0)
    await load.more(50)
    expect(await second.end()).toBe(0)
    await load.more(50)

    // As when the old one is restarted before its turn has come.
    const again = await here.start()
    expect(again.log()).toContain('the schema is that of a newer Crisper')
    expect(await here.leader()).toBe(next)
    await load.more(50)
    await load.stop()

    const succeeded = await load.succeeded()
    expect(succeeded).toEqual(load.published)
    for (const replica of here.all) {
      await eventually(
        'all to be as Celery says',
        async () => {
          const states = await statesInCrisper(replica)
          return succeeded.filter((id) => states.get(id) !== 'SUCCESS')
        },
        ({ length }) => length === 0,
        180_000,
      )
    }
    const timelines = await here.pool.query(`
      select count(*)::int as n from task_detail
       where json_array_length(record -> 'timeline') < 3`)
    expect(timelines.rows).toEqual([{ n: 0 }])
  })
})
