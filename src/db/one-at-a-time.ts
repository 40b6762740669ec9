import type pg from 'pg'

const key = 'hashtextextended($1, 0)'

/**
 * Does the work of that name while no other Crisper on this database does; undefined where one does. The lock is that of a
 * connection, so it goes with whoever holds it; the signal tells that the connection was lost. The work takes other
 * connections.
 */
export async function oneAtATime<T>(
  pool: pg.Pool,
  name: string,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect()
  const lost = new AbortController()
  const lose = () => lost.abort()
  client.on('error', lose)
  let broken: Error | boolean = false
  try {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${key}) as mine`, [
      name,
    ])
    if (rows[0]?.mine !== true) return undefined
    try {
      return await work(lost.signal)
    } finally {
      await client.query(`select pg_advisory_unlock(${key})`, [name])
    }
  } catch (error) {
    broken = error instanceof Error ? error : true
    throw error
  } finally {
    client.off('error', lose)
    // A connection of which it is not certain that it let go of the lock is closed.
    client.release(broken || lost.signal.aborted)
  }
}
