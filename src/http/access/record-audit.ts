import type { FastifyRequest } from 'fastify'
import type { Audit } from '../../access/audit.js'
import type { Deed } from '../../access/audit-entry.js'
import type { App } from '../context.js'

const longestList = 20

/**
 * Every call of a route that changes something goes into the audit, also one that was refused, before its answer leaves.
 * What can't be written is in the log.
 */
export function recordAudit(app: App, audit: Audit): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { audit: route } = request.routeOptions.config
    if (route === undefined) return payload
    const deed = deedOf(request, route.action, route.keep ?? [], reply.statusCode)
    await audit
      .add(deed)
      .catch((error) => request.log.error({ err: error, deed }, 'a deed could not be written into the audit'))
    return payload
  })
}

function deedOf(
  request: FastifyRequest,
  action: string,
  keep: readonly string[] | 'all',
  status: number,
): Deed {
  const { params, body, identity, ip } = request
  return {
    at: new Date(),
    who: identity?.name ?? 'nobody',
    address: ip,
    action,
    target: targetOf(params),
    detail: { ...kept(body, keep), ...(status >= 400 && { refused: true }) },
    status,
  }
}

/** A route has at most one parameter: what it is about. */
function targetOf(params: unknown): string | null {
  if (typeof params !== 'object' || params === null) return null
  const [value] = Object.values(params)
  return typeof value === 'string' ? value.slice(0, 300) : null
}

function kept(body: unknown, keep: readonly string[] | 'all'): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => keep === 'all' || keep.includes(name))
      .map(([name, value]) => [name, short(value)]),
  )
}

/** Of a filter what was asked. Thousands of ids would be the whole entry: the first, and how many. */
function short(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'object' && value !== null && 'asked' in value) return value.asked
  if (!Array.isArray(value) || value.length <= longestList) return value
  return { first: value.slice(0, longestList), count: value.length }
}
