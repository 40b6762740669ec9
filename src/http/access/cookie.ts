import type { FastifyReply, FastifyRequest } from 'fastify'

const name = 'crisper_session'
/** With this prefix a browser takes it only over TLS, from this host, for all paths: no other page can plant one. */
const secureName = `__Host-${name}`

/** What the session's cookie holds; undefined where there is none. */
export function sessionOf({ cookies, protocol }: FastifyRequest): string | undefined {
  return cookies[protocol === 'https' ? secureName : name] || undefined
}

/** Strict: pages of ours ask with it, links and forms of others never do. */
export function setSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { secret, expiresAt }: { readonly secret: string; readonly expiresAt: Date },
): void {
  const secure = request.protocol === 'https'
  reply.setCookie(secure ? secureName : name, secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure,
    expires: expiresAt,
  })
}

export function clearSession(request: FastifyRequest, reply: FastifyReply): void {
  const secure = request.protocol === 'https'
  reply.clearCookie(secure ? secureName : name, { path: '/', httpOnly: true, sameSite: 'strict', secure })
}
