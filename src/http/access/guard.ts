import type { FastifyRequest } from 'fastify'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { NotAllowed, TooManyAttempts } from '../../access/errors.js'
import { type Identity, may } from '../../access/identity.js'
import { isChanging, needsWholeScope } from '../../access/permissions.js'
import { isEverything } from '../../access/scope.js'
import type { App, Context } from '../context.js'
import { isSafe } from '../safe-methods.js'
import { sessionOf } from './cookie.js'
import { proxyClaimsOf } from './proxy-headers.js'
import { demandAccess, type RouteAccess } from './route-access.js'

/** Lets through who may: each request is asked who it is before anything of it is read. */
export function guardRoutes(app: App, context: Context): void {
  const { readOnly, stopsPerMinute } = context.access
  const stops = new RateLimiterMemory({ points: stopsPerMinute, duration: 60 })
  app.decorateRequest('identity', null)
  app.addHook('onRoute', demandAccess)
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'public') return
    request.identity = await identify(request, context)
    refuseForgery(request)
    if (access !== 'signed-in') check(request.identity, access, readOnly)
    if (access === 'tasks:stop') await countStop(stops, request.identity)
  })
}

/** Rejects with NotSignedIn, TooManyAttempts. */
export async function identify(request: FastifyRequest, { access }: Context): Promise<Identity> {
  return await access.authenticator.identify({
    address: request.ip,
    bearer: bearerOf(request),
    session: sessionOf(request),
    proxy: access.proxyHeaders === null ? undefined : proxyClaimsOf(request, access.proxyHeaders),
  })
}

/** Who asks; of a route that is not public. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Error('a public route has nobody who asks')
  return request.identity
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
}

function check(
  identity: Identity,
  permission: Exclude<RouteAccess, 'public' | 'signed-in'>,
  readOnly: boolean,
) {
  if (!may(identity, permission)) {
    if (
      identity.permissions.has(permission) &&
      needsWholeScope(permission) &&
      !isEverything(identity.scope)
    ) {
      throw new NotAllowed(
        `${permission} concerns everybody's tasks, and you may see only some: ask somebody without that limit.`,
      )
    }
    throw new NotAllowed(
      `You (${identity.name}, ${identity.role}) need the permission ${permission} for this.`,
    )
  }
  if (readOnly && isChanging(permission)) {
    throw new NotAllowed('Crisper runs in read-only mode (read_only): nothing can be changed.')
  }
}

/** A script that runs wild; many tasks are stopped at once with one call. Rejects with TooManyAttempts. */
async function countStop(stops: RateLimiterMemory, { kind, name }: Identity): Promise<void> {
  if (kind === 'anonymous') return
  await stops.consume(name).catch((error) => {
    throw error instanceof RateLimiterRes ? new TooManyAttempts(Math.ceil(error.msBeforeNext / 1000)) : error
  })
}

/** A browser sends the cookie by itself, so it must also say that a page of ours asked. Foreign ones are refused before. */
function refuseForgery(request: FastifyRequest): void {
  if (isSafe(request.method) || bearerOf(request) !== undefined) return
  if (sessionOf(request) === undefined) return
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin === undefined && site !== 'same-origin') {
    throw new NotAllowed('A session can change something only from a page of Crisper: the Origin is missing.')
  }
}
