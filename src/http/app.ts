import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import secureJson from 'secure-json-parse'
import { withAccess } from './access/describe-access.js'
import { guardRoutes } from './access/guard.js'
import { recordAudit } from './access/record-audit.js'
import type { App, Context } from './context.js'
import { sendProblem } from './errors.js'
import { refuseForeignOrigins } from './origin.js'
import { alertRoutes } from './routes/alerts.js'
import { auditRoutes } from './routes/audit.js'
import { healthRoutes } from './routes/health.js'
import { legacyCeleryRoutes } from './routes/legacy-celery.js'
import { legacyJobRoutes } from './routes/legacy-jobs.js'
import { liveRoutes } from './routes/live.js'
import { metricsRoutes } from './routes/metrics.js'
import { oidcRoutes } from './routes/oidc.js'
import { overviewRoutes } from './routes/overview.js'
import { purgeRoutes } from './routes/purges.js'
import { queueRoutes } from './routes/queues.js'
import { reconcileRoutes } from './routes/reconcile.js'
import { retentionRoutes } from './routes/retention.js'
import { scheduleRoutes } from './routes/schedules.js'
import { sessionRoutes } from './routes/session.js'
import { stopRoutes } from './routes/stop.js'
import { stopsRoutes } from './routes/stops.js'
import { taskRoutes } from './routes/tasks.js'
import { tokenRoutes } from './routes/tokens.js'
import { userRoutes } from './routes/users.js'
import { viewRoutes } from './routes/views.js'
import { webRoutes } from './routes/web.js'
import { workerRoutes } from './routes/workers.js'

export interface AppOptions {
  readonly log: FastifyBaseLogger
  /** Addresses or networks whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: readonly string[]
  /** Origins whose pages may call the API with tokens. */
  readonly corsOrigins: readonly string[]
  /** PEM; null is plain HTTP. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null
}

/** Task ids of 255 characters, each up to nine when escaped. */
const longestParameter = 2500
const largestBody = 1024 * 1024
/** Milliseconds in which a request has to have arrived whole: who sends a byte now and then holds nothing for ever. */
const slowestRequestMs = 120_000

/** Nothing inline, nothing from elsewhere, no frame around it. */
const ownContentOnly = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  baseUri: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
}

/** The HTTP application: every route, OpenAPI at /api/openapi.json, its readable page at /api/docs/. */
export async function buildApp(
  context: Context,
  { log, trustedProxies, corsOrigins, tls }: AppOptions,
): Promise<App> {
  const { basePath } = context
  const app = Fastify({
    loggerInstance: log,
    ...(tls !== null && { https: { ...tls, minVersion: 'TLSv1.2' } }),
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: largestBody,
    requestTimeout: slowestRequestMs,
    // A path that can't be read, before there is a route whose errors could be handled.
    frameworkErrors: sendProblem,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: longestParameter },
    // Below a base path, whether the proxy in front cuts it off or passes it on.
    rewriteUrl: ({ url = '/' }) => withoutBase(url, basePath),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(sendProblem)
  acceptEmptyBodies(app)
  app.addHook('onRequest', refuseForeignOrigins(corsOrigins))
  await app.register(cookie)
  if (corsOrigins.length > 0) {
    // Without credentials: a page elsewhere brings a token of its own, never somebody's session.
    await app.register(cors, { origin: [...corsOrigins], methods: ['GET', 'POST', 'PUT', 'DELETE'] })
  }

  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: ownContentOnly },
    // Style elements of the page carry the nonce that it was sent with.
    enableCSPNonces: true,
    // Plain HTTP on loopback must not be upgraded away.
    strictTransportSecurity: tls !== null,
  })
  guardRoutes(app, context)
  recordAudit(app, context.access.audit)
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Crisper',
        version: context.version,
        description: 'The control plane for Celery tasks: find, understand and stop them.',
      },
      servers: [{ url: basePath || '/' }],
    },
    transform: withAccess,
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    indexPrefix: basePath,
    staticCSP: true,
    theme: {
      title: 'Crisper API',
      css: [{ filename: 'crisper.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  })
  // The page's links are relative to its folder.
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/api/docs') await reply.redirect(`${basePath}/api/docs/`)
  })

  taskRoutes(app, context)
  overviewRoutes(app, context)
  liveRoutes(app, context)
  stopRoutes(app, context)
  stopsRoutes(app, context)
  viewRoutes(app, context)
  legacyJobRoutes(app, context)
  legacyCeleryRoutes(app, context)
  queueRoutes(app, context)
  purgeRoutes(app, context)
  metricsRoutes(app, context)
  reconcileRoutes(app, context)
  workerRoutes(app, context)
  alertRoutes(app, context)
  scheduleRoutes(app, context)
  retentionRoutes(app, context)
  healthRoutes(app, context)
  sessionRoutes(app, context)
  oidcRoutes(app, context)
  tokenRoutes(app, context)
  userRoutes(app, context)
  auditRoutes(app, context)
  app.get('/api/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () =>
    app.swagger(),
  )
  const sendWebPage = await webRoutes(app, context)
  app.setNotFoundHandler((request, reply) => {
    if (sendWebPage?.(request, reply)) return
    void reply.status(404).send({ error: `No such page: ${request.method} ${request.url}` })
  })
  return app
}

function withoutBase(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url
  const rest = url.slice(basePath.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : url
}

/** A body is optional wherever the contract has one, also for clients that announce JSON and send nothing. */
function acceptEmptyBodies(app: App): void {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') {
      done(null, undefined)
      return
    }
    const parsed = parseJson(body.toString())
    // Fastify takes null for no body at all, so it is told from one here.
    if (parsed === undefined || parsed === null) done(badBody('body takes a JSON object'))
    else done(null, parsed)
  })
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined)
    else done(badBody('body takes a JSON object, sent with content-type: application/json'))
  })
}

function parseJson(text: string): unknown {
  try {
    // Keys that reach for prototypes are no data.
    return secureJson.parse(text)
  } catch {
    return undefined
  }
}

function badBody(message: string): Error {
  return Object.assign(new Error(message), { statusCode: 400 })
}
