import type { FastifyRequest } from 'fastify'

/** Who asks, until there are logins. */
export function callerOf(request: FastifyRequest): string {
  return `anonymous (${request.ip})`
}
