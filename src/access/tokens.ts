import { randomBytes, randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { AccessTokenTable, Database } from '../db/schema.js'
import { NameInUse, NoSuchToken } from './errors.js'
import type { Identity } from './identity.js'
import type { Roles } from './roles.js'
import { parseScope, type Scope, toStored } from './scope.js'
import { digestOf, isSecret, newSecret } from './secret.js'

export interface NewToken {
  readonly name: string
  readonly role: string
  readonly scope: Scope
  readonly expiresAt: Date | null
  /** Who makes it. */
  readonly by: string
}

/** A token without its secret, which nobody can be told again. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly scope: Scope
  readonly createdAt: Date
  readonly createdBy: string
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  /** To the minute. */
  readonly lastUsedAt: Date | null
}

/** What a token looks like: the start tells it from other secrets, the middle finds its row. */
const shape = /^crisper_([0-9a-f]{12})_([\w-]{43})$/

/** Milliseconds that a token is believed without asking again; another replica may have revoked it meanwhile. */
const believedMs = 1000
const mostBelieved = 10_000

/** Tokens of the API, of which only hashes are stored. */
export class TokenStore {
  readonly #db: Kysely<Database>
  readonly #roles: Roles
  readonly #rows = new LRUCache<string, { row: Selectable<AccessTokenTable> | undefined }>({
    max: mostBelieved,
    ttl: believedMs,
  })

  constructor(db: Kysely<Database>, roles: Roles) {
    this.#db = db
    this.#roles = roles
  }

  /** Whether there was ever one: from then on nobody is let in without, also when all are revoked. */
  async exist(): Promise<boolean> {
    const { rows } = await sql<{ exist: boolean }>`select exists (select from access_token) as exist`.execute(
      this.#db,
    )
    return rows[0]?.exist ?? false
  }

  /** Answers with the secret too, once. Throws NoSuchRole, NameInUse. */
  async create(token: NewToken): Promise<{ readonly token: Token; readonly secret: string }> {
    this.#roles.check(token.role)
    const [prefix, secret] = [randomBytes(6).toString('hex'), newSecret()]
    const row = await this.#db
      .insertInto('access_token')
      .values({
        id: randomUUID(),
        prefix,
        digest: digestOf(secret),
        name: token.name,
        role: token.role,
        scope: JSON.stringify(toStored(token.scope)),
        created_at: new Date(),
        created_by: token.by,
        expires_at: token.expiresAt,
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) {
      throw new NameInUse(
        `A token named ${token.name} is or was there. Take another name: audits tell tokens by it.`,
      )
    }
    return { token: toToken(row), secret: `crisper_${prefix}_${secret}` }
  }

  /** Newest first. */
  async list(): Promise<Token[]> {
    const rows = await this.#db
      .selectFrom('access_token')
      .selectAll()
      .orderBy('created_at', 'desc')
      .limit(mostBelieved)
      .execute()
    return rows.map(toToken)
  }

  /** By its name or id; one that is revoked already stays so. Throws NoSuchToken. */
  async revoke(nameOrId: string): Promise<Token> {
    const row = await this.#db
      .updateTable('access_token')
      .set({ revoked_at: sql<Date>`coalesce(revoked_at, now())` })
      .where((eb) => eb.or([eb('name', '=', nameOrId), eb(sql<string>`id::text`, '=', nameOrId)]))
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw new NoSuchToken(`No token ${nameOrId}`)
    this.#rows.clear()
    return toToken(row)
  }

  /** Whose token it is; undefined for what is none, or revoked, or expired. */
  async identify(text: string): Promise<Identity | undefined> {
    const [, prefix, secret] = shape.exec(text) ?? []
    if (prefix === undefined || secret === undefined) return undefined
    const row = await this.#find(prefix)
    if (row === undefined || !isSecret(secret, row.digest)) return undefined
    if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= new Date())) return undefined
    return {
      kind: 'token',
      name: `token:${row.name}`,
      role: row.role,
      permissions: this.#roles.permissionsOf(row.role),
      scope: parseScope(row.scope),
      until: row.expires_at,
    }
  }

  async #find(prefix: string): Promise<Selectable<AccessTokenTable> | undefined> {
    const known = this.#rows.get(prefix)
    if (known !== undefined) return known.row
    const row = await this.#db
      .selectFrom('access_token')
      .selectAll()
      .where('prefix', '=', prefix)
      .executeTakeFirst()
    this.#rows.set(prefix, { row })
    if (row !== undefined) await this.#used(row.id)
    return row
  }

  /** A write a minute tells as much as one a request. */
  async #used(id: string): Promise<void> {
    await this.#db
      .updateTable('access_token')
      .set({ last_used_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where(sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`)
      .execute()
  }
}

function toToken(row: Selectable<AccessTokenTable>): Token {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    scope: parseScope(row.scope),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }
}
