import { isChanging, needsWholeScope, type Permission } from './permissions.js'
import { everything, isEverything, type Scope } from './scope.js'

/** Where an identity comes from; `anonymous` only where none is configured. */
export type IdentityKind = 'anonymous' | 'token' | 'jwt' | 'oidc' | 'user' | 'proxy'

/** Who asks, and what they may. */
export interface Identity {
  readonly kind: IdentityKind
  /** Unique among all kinds: `token:deploy`, `oidc:ana@example.com`. It stands in stops, views and the audit. */
  readonly name: string
  readonly role: string
  readonly permissions: ReadonlySet<Permission>
  readonly scope: Scope
  /** When what was shown ends: a session that was begun with it must not outlast it. null: it does not say. */
  readonly until: Date | null
}

/** Whether it may, as far as its role and its scope go. */
export function may(identity: Identity, permission: Permission): boolean {
  if (!identity.permissions.has(permission)) return false
  return !needsWholeScope(permission) || isEverything(identity.scope)
}

/** What it may in all; in read-only mode nothing that changes anything. */
export function allowed(identity: Identity, readOnly: boolean): Permission[] {
  return [...identity.permissions].filter(
    (permission) => may(identity, permission) && !(readOnly && isChanging(permission)),
  )
}

/** Everybody on this machine, while nobody else is configured. */
export function anonymous(address: string, permissions: readonly Permission[]): Identity {
  return {
    kind: 'anonymous',
    name: `anonymous (${address})`,
    role: 'admin',
    permissions: new Set(permissions),
    scope: everything,
    until: null,
  }
}
