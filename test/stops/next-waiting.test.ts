import { expect, test } from 'vitest'
import { StopStore } from '../../src/stops/store.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()

test('the stops of a batch come in the order of their tasks, each queue in turn', async () => {
  // Ids are random, and so is the order in which the table gives them.
  await database.pool.query(`
    insert into stop_request (id, task_id, mode, status, requested_by, requested_at, known, explanation, batch_id, queue,
                              task_created_at)
    select gen_random_uuid(), queue || '-' || n, 'soft', 'requested', 'ana', now(), true, '',
           '00000000-0000-4000-8000-000000000001', queue, now() + n * interval '1 s'
      from generate_series(1, 300) n, unnest(array['a', 'b']) queue
     order by random()`)

  const ids = (await new StopStore(database.db).nextWaiting(400)).map(({ taskId }) => taskId)

  const expected = Array.from({ length: 200 }, (_, n) => n + 1)
  expect(ids.filter((id) => id.startsWith('a-'))).toEqual(expected.map((n) => `a-${n}`))
  expect(ids.filter((id) => id.startsWith('b-'))).toEqual(expected.map((n) => `b-${n}`))
  // Neither queue waits for the other.
  expect(new Set(ids.slice(0, 20).map((id) => id[0]))).toEqual(new Set(['a', 'b']))
})
