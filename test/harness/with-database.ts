import { afterAll, beforeAll } from 'vitest'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { migrate } from '../../src/db/migrate.js'
import { startPostgres, type TestPostgres } from './postgres.js'
import { TestFolder } from './test-folder.js'

/** A PostgreSQL with our schema in it, for all tests of a file: started before the first, stopped after the last. */
export class WithDatabase {
  readonly folder = new TestFolder()
  #postgres: TestPostgres | undefined
  #connection: DatabaseConnection | undefined

  /** `migrated`: false for one that is still empty. */
  constructor({ migrated = true } = {}) {
    beforeAll(async () => {
      this.#postgres = await startPostgres({ dir: this.folder.path('postgres') })
      this.#connection = connect({ url: this.#postgres.url }, () => undefined)
      if (migrated) await migrate(this.db, this.pool)
    })
    afterAll(async () => {
      await this.#connection?.close()
      await this.#postgres?.stop()
      this.folder.remove()
    })
  }

  get postgres(): TestPostgres {
    return started(this.#postgres)
  }

  get db(): DatabaseConnection['db'] {
    return started(this.#connection).db
  }

  get pool(): DatabaseConnection['pool'] {
    return started(this.#connection).pool
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('it is started before the first test, not while they are collected')
  return part
}
