import type { JWTPayload } from 'jose'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { isTransient } from '../db/connect.js'
import type { Log } from '../tasks/log.js'
import { type ClaimMapping, identityOf, UnusableClaims } from './claims.js'
import { NotSignedIn, TooManyAttempts } from './errors.js'
import { anonymous, type Identity } from './identity.js'
import { permissions } from './permissions.js'
import type { Roles } from './roles.js'
import type { SessionStore } from './sessions.js'
import type { TokenStore } from './tokens.js'
import type { UserStore } from './users.js'

/** What somebody showed. */
export interface Credentials {
  /** Where they are. */
  readonly address: string
  /** After `Authorization: Bearer`. */
  readonly bearer?: string | undefined
  /** What the session's cookie holds. */
  readonly session?: string | undefined
  /** What a named proxy said about them in its headers. */
  readonly proxy?: Readonly<Record<string, unknown>> | undefined
}

export interface AuthenticatorParts {
  readonly roles: Roles
  readonly tokens: TokenStore
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly jwt: {
    readonly read: (token: string) => Promise<JWTPayload | undefined>
    readonly claims: ClaimMapping
  } | null
  readonly proxyClaims: ClaimMapping | null
  /** Whether the configuration names a way to sign in. */
  readonly configured: boolean
  readonly log: Log
}

/** Wrong tokens from one address in a minute, and wrong passwords in five. */
const wrongTokens = { points: 50, duration: 60 }
const wrongPasswords = { points: 10, duration: 300 }
/** Milliseconds that "nobody is configured" is believed: another process may make the first token. */
const openMs = 1000

const howTo = 'Sign in, or send Authorization: Bearer with a token (crisper token create makes one).'

/** Tells who somebody is by what they show. */
export class Authenticator {
  readonly #parts: AuthenticatorParts
  readonly #wrongTokens = new RateLimiterMemory({ keyPrefix: 'token', ...wrongTokens })
  readonly #wrongPasswords = new RateLimiterMemory({ keyPrefix: 'password', ...wrongPasswords })
  #required: boolean
  #lookedAt = 0

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts
    this.#required = parts.configured
  }

  /** Whether somebody must say who they are: since the configuration has a way to, or there was ever a token or user. */
  async required(): Promise<boolean> {
    if (this.#required || Date.now() - this.#lookedAt < openMs) return this.#required
    const { tokens, users } = this.#parts
    try {
      this.#required = (await tokens.exist()) || (await users.exist())
      this.#lookedAt = Date.now()
    } catch (error) {
      // While the database is away nobody can have made a token, and nothing can be read; what is asked says so itself.
      if (!isTransient(error) || this.#lookedAt === 0) throw error
    }
    return this.#required
  }

  /** The first token or user was made: from now on. */
  require(): void {
    this.#required = true
  }

  /** Rejects with NotSignedIn, TooManyAttempts, KeysUnreachable. */
  async identify({ address, bearer, session, proxy }: Credentials): Promise<Identity> {
    if (bearer !== undefined) return await this.#counted(address, () => this.#ofBearer(bearer))
    if (session !== undefined) {
      const identity = await this.#parts.sessions.identify(session)
      if (identity !== undefined) return identity
    }
    if (proxy !== undefined && this.#parts.proxyClaims !== null) {
      return this.#ofClaims('proxy', proxy, this.#parts.proxyClaims)
    }
    if (!(await this.required())) return anonymous(address, permissions)
    throw new NotSignedIn(howTo)
  }

  /** Rejects with NotSignedIn, TooManyAttempts. */
  async signIn(name: string, password: string, address: string): Promise<Identity> {
    const keys = [`of ${address}`, `for ${name.toLowerCase()}`]
    for (const key of keys) await this.#refuseWhen(this.#wrongPasswords, key)
    const identity = await this.#parts.users.signIn(name, password)
    if (identity !== undefined) return identity
    for (const key of keys) await this.#wrongPasswords.penalty(key, 1)
    throw new NotSignedIn('No user of that name with that password.')
  }

  async #ofBearer(bearer: string): Promise<Identity> {
    const { tokens, jwt } = this.#parts
    if (bearer.startsWith('crisper_')) {
      const identity = await tokens.identify(bearer)
      if (identity !== undefined) return identity
      throw new NotSignedIn('The token is none of ours, or revoked, or expired.')
    }
    const payload = await jwt?.read(bearer)
    if (jwt === null || payload === undefined) throw new NotSignedIn('The token is not valid here.')
    return this.#ofClaims('jwt', payload, jwt.claims)
  }

  #ofClaims(
    kind: 'jwt' | 'proxy',
    claims: Readonly<Record<string, unknown>>,
    mapping: ClaimMapping,
  ): Identity {
    try {
      return identityOf(kind, claims, mapping, this.#parts.roles)
    } catch (error) {
      if (!(error instanceof UnusableClaims)) throw error
      this.#parts.log.warn({ kind, why: error.message }, 'somebody could not be let in')
      throw new NotSignedIn('You are known, but not what you may do here: ask who runs Crisper.')
    }
  }

  /**
   * Counts what is wrong. What is right is let in whatever others at the same address do, who may be many behind one proxy:
   * 256 random bits are not guessed, however often.
   */
  async #counted(address: string, identify: () => Promise<Identity>): Promise<Identity> {
    try {
      return await identify()
    } catch (error) {
      if (error instanceof NotSignedIn) {
        await this.#refuseWhen(this.#wrongTokens, address)
        await this.#wrongTokens.penalty(address, 1)
      }
      throw error
    }
  }

  async #refuseWhen(limiter: RateLimiterMemory, key: string): Promise<void> {
    const used = await limiter.get(key)
    if (used !== null && used.consumedPoints >= limiter.points) throw tooMany(used)
  }
}

function tooMany(used: RateLimiterRes): TooManyAttempts {
  return new TooManyAttempts(Math.ceil(used.msBeforeNext / 1000))
}
