import type { FastifyReply, FastifyRequest } from 'fastify'
import { isSafe } from './safe-methods.js'

/**
 * Refuses state-changing requests that a page of another site sent through somebody's browser, but for the sites that are
 * allowed. Browsers name the page's origin; programs such as curl name none and pass.
 */
export function refuseForeignOrigins(allowed: readonly string[]) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { origin } = request.headers
    if (isSafe(request.method) || origin === undefined || allowed.includes(origin)) return
    if (origin === `${request.protocol}://${request.host}`) return
    await reply.status(403).send({ error: `Requests from pages of ${origin.slice(0, 200)} are refused` })
  }
}
