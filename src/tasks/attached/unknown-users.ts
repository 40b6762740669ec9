import { LRUCache } from 'lru-cache'

/** A row to write, as far as its user is concerned. */
interface WithUser {
  readonly created_by_id: number | string | null
}

const foreignKeyViolation = '23503'
/** Milliseconds after which a user is tried again: the application may have got it meanwhile. */
const rememberedMs = 5 * 60_000

/**
 * Users named by tasks whom the application does not have: where `created_by_id` refers to its users, a row with such a
 * one can't be written. They are left out of rows; the record of the task still names them.
 */
export class UnknownUsers {
  readonly #ids = new LRUCache<string, true>({ max: 10_000, ttl: rememberedMs })

  /** Runs `write` until no row names a user whom the database does not know. */
  async without<Row extends WithUser, Written>(
    rows: readonly Row[],
    write: (rows: readonly Row[]) => Promise<Written>,
  ): Promise<Written> {
    for (;;) {
      const tried = rows.map((row) =>
        row.created_by_id !== null && this.#ids.has(String(row.created_by_id))
          ? { ...row, created_by_id: null }
          : row,
      )
      try {
        return await write(tried)
      } catch (error) {
        if (!this.#learn(error, tried)) throw error
      }
    }
  }

  /** The message names the first that is missing; should it not, all of these are taken for unknown. */
  #learn(error: unknown, rows: readonly WithUser[]): boolean {
    if (!(error instanceof Error && 'code' in error && error.code === foreignKeyViolation)) return false
    const users = new Set(rows.flatMap(({ created_by_id: id }) => (id === null ? [] : [String(id)])))
    if (users.size === 0) return false
    const detail = 'detail' in error ? String(error.detail) : ''
    const named = /\(created_by_id\)=\(([^)]+)\)/.exec(detail)?.[1]
    for (const id of named !== undefined && users.has(named) ? [named] : users) this.#ids.set(id, true)
    return true
  }
}
