import type { RouteOptions } from 'fastify'
import type { Identity } from '../../access/identity.js'
import type { Permission } from '../../access/permissions.js'
import { isSafe } from '../safe-methods.js'

/** Who may call a route: with a permission, anybody who is signed in, or anybody. */
export type RouteAccess = Permission | 'signed-in' | 'public'

/** What the audit keeps of a call that changes something. */
interface RouteAudit {
  /** Such as `task.stop`. */
  readonly action: string
  /** Parts of the body that are told; all others are not. `all` where nothing of it can be secret. */
  readonly keep?: readonly string[] | 'all'
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess
    audit?: RouteAudit
  }
  interface FastifyRequest {
    /** Who asks; on a public route null. */
    identity: Identity | null
  }
}

/** Routes of libraries, which can't say for themselves that anybody may call them. */
const publicPlaces = ['/api/docs', '/assets/']

/** Every route says who may call it, and one that changes something what the audit tells: Crisper does not start else. */
export function demandAccess({ method, url, config }: RouteOptions): void {
  if (publicPlaces.some((place) => url.startsWith(place))) return
  const name = `${String(method)} ${url}`
  if (config?.access === undefined) throw new Error(`the route ${name} does not say who may call it`)
  const methods = Array.isArray(method) ? method : [method]
  if (!methods.every(isSafe) && config.audit === undefined) {
    throw new Error(`the route ${name} changes something and does not say what the audit tells of it`)
  }
}
