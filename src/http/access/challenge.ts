import type { FastifyReply } from 'fastify'

/** Tells a client how to show who it is; a scheme that browsers have no dialog for. */
export function challenge(reply: FastifyReply): void {
  reply.header('www-authenticate', 'Bearer realm="Crisper"')
}
