import type { FastifyRequest } from 'fastify'

/** Names of the headers, in small letters, in which a proxy says who somebody is. */
export interface ProxyHeaders {
  readonly user: string
  readonly role: string | null
  readonly tenants: string | null
  readonly companies: string | null
  /** Whether an address is that of the proxy. */
  readonly isProxy: (address: string) => boolean
}

/**
 * What the proxy says, as claims named like our settings. Only of connections that come from the proxy itself: from
 * anybody else these headers mean nothing.
 */
export function proxyClaimsOf(
  { headers, socket }: FastifyRequest,
  { user, role, tenants, companies, isProxy }: ProxyHeaders,
): Readonly<Record<string, unknown>> | undefined {
  if (!isProxy(socket.remoteAddress ?? '')) return undefined
  const one = (name: string | null) => {
    const value = name === null ? undefined : headers[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const list = (name: string | null) => {
    const parts = one(name)?.split(',') ?? []
    return parts.map((part) => part.trim()).filter((part) => part !== '')
  }
  const who = one(user)
  if (who === undefined) return undefined
  return { user: who, role: list(role), tenants: list(tenants), companies: list(companies) }
}
