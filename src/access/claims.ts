import { z } from 'zod'
import type { Identity, IdentityKind } from './identity.js'
import type { Roles } from './roles.js'
import type { Scope } from './scope.js'

/**
 * Where in the claims of somebody else's identities (a JWT, OpenID Connect, a proxy's headers) stands what we need. Names
 * are paths: `app.tenants` is `tenants` in `app`. null: there is no such claim, and it does not narrow.
 */
export const claimMapping = z
  .strictObject({
    user: z.string().min(1).default('sub'),
    role: z.string().min(1).nullable().default('role'),
    tenants: z.string().min(1).nullable().default(null),
    companies: z.string().min(1).nullable().default(null),
    task_types: z.string().min(1).nullable().default(null),
    queues: z.string().min(1).nullable().default(null),
    /** From the words of the role claim to our roles; what is not named is taken as it is. */
    roles: z.record(z.string(), z.string()).default({}),
    /** For those without a role claim. null: they are not let in. */
    default_role: z.string().nullable().default(null),
    /** Roles that see everything, whatever tenants and companies their claims name. */
    unscoped_roles: z.array(z.string()).default([]),
  })
  .prefault({})

export type ClaimMapping = z.output<typeof claimMapping>

type Claims = Readonly<Record<string, unknown>>

/** Claims that name no user or no role that we know; the message is for the log and the audit. */
export class UnusableClaims extends Error {
  override readonly name = 'UnusableClaims'
}

/**
 * The identity that claims describe. A claim that narrows and is missing leaves nothing to see: whoever maps tenants means
 * that everybody has some. Throws UnusableClaims.
 */
export function identityOf(
  kind: IdentityKind,
  claims: Claims,
  mapping: ClaimMapping,
  roles: Roles,
): Identity {
  const [user] = textsAt(claims, mapping.user)
  if (user === undefined || user === '')
    throw new UnusableClaims(`the claim ${mapping.user}, which says who it is, is missing`)
  const role = roleOf(claims, mapping, roles)
  return {
    kind,
    name: `${kind}:${user}`,
    role,
    permissions: roles.permissionsOf(role),
    scope: scopeOf(claims, mapping, role),
    until: kind === 'jwt' && typeof claims.exp === 'number' ? new Date(claims.exp * 1000) : null,
  }
}

/** Of several the first that we know. */
function roleOf(claims: Claims, { role, roles: renamed, default_role }: ClaimMapping, roles: Roles): string {
  const told = role === null ? [] : textsAt(claims, role)
  const ours = told.map((each) => (Object.hasOwn(renamed, each) ? (renamed[each] ?? each) : each))
  const known = ours.find((each) => roles.names.includes(each)) ?? default_role
  if (known !== null) return known
  const words = told.length === 0 ? 'no role' : `the roles ${told.join(', ').slice(0, 200)}`
  throw new UnusableClaims(`it has ${words}, and Crisper knows ${roles.names.join(', ')}`)
}

function scopeOf(claims: Claims, mapping: ClaimMapping, role: string): Scope {
  const narrows = !mapping.unscoped_roles.includes(role)
  const list = (path: string | null) => (path === null || !narrows ? null : textsAt(claims, path))
  return {
    tenants: list(mapping.tenants),
    companies: list(mapping.companies),
    taskTypes: list(mapping.task_types),
    queues: list(mapping.queues),
  }
}

/** A text, a number, or a list of them, as texts. */
function textsAt(claims: Claims, path: string): string[] {
  const value = valueAt(claims, path)
  const list = Array.isArray(value) ? value : [value]
  return list.flatMap((each) =>
    typeof each === 'string' || typeof each === 'number' || typeof each === 'bigint' ? [String(each)] : [],
  )
}

/** A claim may have a dot in its own name, as those with a URL do. */
function valueAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path]
  let value: unknown = claims
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}
