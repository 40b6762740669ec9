import { NoSuchRole } from './errors.js'
import { builtInRoles, type Permission } from './permissions.js'

/** Roles by name: those built in, and those of the configuration, which may also redefine them. */
export class Roles {
  readonly #roles: ReadonlyMap<string, ReadonlySet<Permission>>

  constructor(configured: Readonly<Record<string, readonly Permission[]>>) {
    this.#roles = new Map(
      Object.entries({ ...builtInRoles, ...configured }).map(([name, list]) => [name, completed(list)]),
    )
  }

  get names(): string[] {
    return [...this.#roles.keys()]
  }

  /** Of a stored role that is not configured any more: none. */
  permissionsOf(role: string): ReadonlySet<Permission> {
    return this.#roles.get(role) ?? new Set()
  }

  /** Throws NoSuchRole. */
  check(role: string): void {
    if (!this.#roles.has(role)) throw new NoSuchRole(role, this.names)
  }
}

/** Nobody manages what they can't see. */
function completed(list: readonly Permission[]): ReadonlySet<Permission> {
  return new Set(list.includes('access:manage') ? [...list, 'access:read'] : list)
}
