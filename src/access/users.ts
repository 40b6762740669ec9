import { hash, verify } from '@node-rs/argon2'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { AccessUserTable, Database } from '../db/schema.js'
import { NameInUse, NoSuchUser } from './errors.js'
import type { Identity } from './identity.js'
import type { Roles } from './roles.js'
import { parseScope, type Scope, toStored } from './scope.js'

export interface User {
  readonly name: string
  readonly role: string
  readonly scope: Scope
  readonly createdAt: Date
  readonly disabledAt: Date | null
}

/** Of no password: checked where there is no such user, so that its absence takes as long. */
const nobodys = hash('')

/** People of small set-ups, with passwords of our own. Names differ not only in case. */
export class UserStore {
  readonly #db: Kysely<Database>
  readonly #roles: Roles

  constructor(db: Kysely<Database>, roles: Roles) {
    this.#db = db
    this.#roles = roles
  }

  async exist(): Promise<boolean> {
    return (await this.#db.selectFrom('access_user').select('name').limit(1).execute()).length > 0
  }

  /** Throws NoSuchRole, NameInUse. */
  async create(name: string, password: string, role: string, scope: Scope): Promise<User> {
    this.#roles.check(role)
    const row = await this.#db
      .insertInto('access_user')
      .values({
        name: name.toLowerCase(),
        password: await hash(password),
        role,
        scope: JSON.stringify(toStored(scope)),
        created_at: new Date(),
        disabled_at: null,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw new NameInUse(`There is a user named ${name} already.`)
    return toUser(row)
  }

  async list(): Promise<User[]> {
    const rows = await this.#db.selectFrom('access_user').selectAll().orderBy('name').limit(1000).execute()
    return rows.map(toUser)
  }

  /** For good; the name stays taken. Throws NoSuchUser. */
  async disable(name: string): Promise<User> {
    const row = await this.#db
      .updateTable('access_user')
      .set({ disabled_at: sql<Date>`coalesce(disabled_at, now())` })
      .where('name', '=', name.toLowerCase())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw new NoSuchUser(`No user ${name}`)
    return toUser(row)
  }

  /** The identity of a user with this password; undefined where either is wrong, or the user is disabled. */
  async signIn(name: string, password: string): Promise<Identity | undefined> {
    const row = await this.#db
      .selectFrom('access_user')
      .selectAll()
      .where('name', '=', name.toLowerCase())
      .executeTakeFirst()
    const matches = await verify(row?.password ?? (await nobodys), password)
    if (row === undefined || !matches || row.disabled_at !== null) return undefined
    return {
      kind: 'user',
      name: `user:${row.name}`,
      role: row.role,
      permissions: this.#roles.permissionsOf(row.role),
      scope: parseScope(row.scope),
      until: null,
    }
  }
}

function toUser(row: Selectable<AccessUserTable>): User {
  return {
    name: row.name,
    role: row.role,
    scope: parseScope(row.scope),
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
  }
}
