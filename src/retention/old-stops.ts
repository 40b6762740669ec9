import type pg from 'pg'

/** $1: before when, $2: rows. By the time of the request, which is before that of the end. */
const oldStops = `
  delete from stop_request
   where id in (
     select id
       from stop_request
      where requested_at < $1
        and ended_at < $1
      order by requested_at
      limit $2
        for update skip locked)`

/** A batch goes when the last of its stops has gone. A day is how long the later tasks of a workflow may join it. */
const emptyBatches = `
  delete from stop_batch b
   where id in (
     select id
       from stop_batch o
      where requested_at < $1::timestamptz - interval '1 day'
        and not exists (select from stop_request s where s.batch_id = o.id)
      order by requested_at
      limit $2
        for update skip locked)`

/** Deletes stops that ended before then, so many at most; answers how many. */
export async function deleteOldStops(pool: pg.Pool, before: Date, most: number): Promise<number> {
  return (await pool.query(oldStops, [before, most])).rowCount ?? 0
}

/** Deletes batches of before then of which no stop is left, so many at most; answers how many. */
export async function deleteEmptyBatches(pool: pg.Pool, before: Date, most: number): Promise<number> {
  return (await pool.query(emptyBatches, [before, most])).rowCount ?? 0
}
