/** What an identity may do; roles are sets of these. */
export const permissions = [
  /** Lists, details, counts, statistics, the live stream. */
  'tasks:read',
  /** Arguments, results, errors and tracebacks; without it they are hidden. */
  'tasks:payload',
  /** Stop tasks, and take stops back. */
  'tasks:stop',
  /** Look for what became of tasks. */
  'tasks:reconcile',
  /** Save views of one's own, and share them. */
  'views:write',
  /** Workers, queues, gaps, alerts, and how Crisper itself does. */
  'fleet:read',
  'workers:control',
  'queues:purge',
  /** Make alert rules, mute and try them. */
  'alerts:manage',
  /** How long tasks are kept, and what the disk holds. */
  'retention:read',
  /** Delete what is older, now. */
  'retention:run',
  'audit:read',
  /** See tokens (without their secrets) and users. */
  'access:read',
  /** Make and revoke them; who may sees them, too. */
  'access:manage',
] as const

export type Permission = (typeof permissions)[number]

/** They concern everybody's tasks at once, so a scope that leaves any out takes them away. */
const ofTheWhole: ReadonlySet<Permission> = new Set<Permission>([
  'tasks:reconcile',
  'fleet:read',
  'workers:control',
  'queues:purge',
  'alerts:manage',
  'retention:read',
  'retention:run',
  'audit:read',
  'access:read',
  'access:manage',
])

export function needsWholeScope(permission: Permission): boolean {
  return ofTheWhole.has(permission)
}

/** They change something: read-only mode refuses them to everybody. */
const changing: ReadonlySet<Permission> = new Set<Permission>([
  'tasks:stop',
  'tasks:reconcile',
  'views:write',
  'workers:control',
  'queues:purge',
  'alerts:manage',
  'retention:run',
  'access:manage',
])

export function isChanging(permission: Permission): boolean {
  return changing.has(permission)
}

const viewer: readonly Permission[] = ['tasks:read', 'tasks:payload', 'views:write', 'fleet:read']
const operator: readonly Permission[] = [...viewer, 'tasks:stop', 'tasks:reconcile', 'alerts:manage']

/** The roles that are there without any configuration. */
export const builtInRoles: Readonly<Record<string, readonly Permission[]>> = {
  viewer,
  operator,
  admin: permissions,
}
