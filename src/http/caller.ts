import type { FastifyRequest } from 'fastify'
import { NotAllowed } from '../access/errors.js'
import { isEverything, type Scope } from '../access/scope.js'
import { identityOf } from './access/guard.js'

/** Who asks, as it stands in stops, views and the audit. */
export function callerOf(request: FastifyRequest): string {
  return identityOf(request).name
}

/** Which tasks who asks may know of. */
export function scopeOf(request: FastifyRequest): Scope {
  return identityOf(request).scope
}

/** Whether who asks may know of every task, also of those of which nothing says whose they are. */
export function seesAll(request: FastifyRequest): boolean {
  return isEverything(scopeOf(request))
}

/** Whether who asks may see arguments, results, errors and tracebacks. */
export function seesPayload(request: FastifyRequest): boolean {
  return identityOf(request).permissions.has('tasks:payload')
}

/** For answers that are nothing but payload. Throws NotAllowed. */
export function demandPayload(request: FastifyRequest): void {
  if (seesPayload(request)) return
  throw new NotAllowed('This holds the arguments of tasks, which your role may not see (tasks:payload).')
}
