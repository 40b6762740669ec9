import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../db/schema.js'
import type { Identity } from './identity.js'
import type { Roles } from './roles.js'
import { parseScope, scopeSchema, toStored } from './scope.js'
import { digestOf, newSecret } from './secret.js'

const stored = z.object({
  kind: z.enum(['token', 'jwt', 'oidc', 'user']),
  name: z.string(),
  role: z.string(),
  scope: scopeSchema,
})

/** Sessions of people in browsers: an identity behind a random cookie, of which only the hash is stored. */
export class SessionStore {
  readonly #db: Kysely<Database>
  readonly #roles: Roles
  readonly #lifeMs: number

  constructor(db: Kysely<Database>, roles: Roles, lifeHours: number) {
    this.#db = db
    this.#roles = roles
    this.#lifeMs = lifeHours * 3_600_000
  }

  /** Answers with what the cookie is to hold. Each sign-in makes a new one, so that none can be planted before. */
  async begin(identity: Identity): Promise<{ readonly secret: string; readonly expiresAt: Date }> {
    const secret = newSecret()
    const { kind, name, role, scope, until } = identity
    const expiresAt = new Date(
      Math.min(Date.now() + this.#lifeMs, until?.getTime() ?? Number.POSITIVE_INFINITY),
    )
    await this.#db
      .insertInto('access_session')
      .values({
        digest: digestOf(secret),
        identity: JSON.stringify({ kind, name, role, scope: toStored(scope) }),
        created_at: new Date(),
        expires_at: expiresAt,
      })
      .execute()
    await this.#db.deleteFrom('access_session').where('expires_at', '<', new Date()).execute()
    return { secret, expiresAt }
  }

  /** Whose session it is; undefined for one that is over or never was. */
  async identify(secret: string): Promise<Identity | undefined> {
    const row = await this.#db
      .selectFrom('access_session')
      .select(['identity', 'expires_at'])
      .where('digest', '=', digestOf(secret))
      .where('expires_at', '>', new Date())
      .executeTakeFirst()
    if (row === undefined) return undefined
    const { kind, name, role, scope } = stored.parse(row.identity)
    const permissions = this.#roles.permissionsOf(role)
    return { kind, name, role, permissions, scope: parseScope(scope), until: row.expires_at }
  }

  async end(secret: string): Promise<void> {
    await this.#db.deleteFrom('access_session').where('digest', '=', digestOf(secret)).execute()
  }

  /** All of an identity: its token was revoked, or its user disabled. */
  async endAllOf(name: string): Promise<void> {
    await this.#db.deleteFrom('access_session').where(sql<boolean>`identity ->> 'name' = ${name}`).execute()
  }
}
