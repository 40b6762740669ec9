import type { FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { may } from '../../access/identity.js'
import { identify } from '../access/guard.js'
import type { App, Context } from '../context.js'

interface Check {
  readonly ok: boolean
  readonly reason: string
}

/** Whether Crisper lives and works, and what its event stream has seen. */
export function healthRoutes(app: App, context: Context): void {
  const { ingest, leadership, readsEvents, version } = context

  app.get(
    '/healthz',
    { config: { access: 'public' }, schema: { summary: 'Alive', tags: ['operations'] } },
    async () => ({
      status: 'ok',
      version,
    }),
  )

  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: { summary: 'Ready: database, broker, event stream', tags: ['operations'] },
    },
    async (request, reply) => {
      const checks = {
        database: await checkDatabase(context),
        broker: checkBroker(context),
        event_stream: checkStream(context),
      }
      const ready = Object.values(checks).every(({ ok }) => ok)
      const told = (await maySee(request, context)) ? checks : withoutReasons(checks)
      return reply.status(ready ? 200 : 503).send({ ready, checks: told })
    },
  )

  app.get(
    '/api/ingest/',
    {
      config: { access: 'fleet:read' },
      schema: { summary: 'What came through the event stream since start', tags: ['operations'] },
    },
    async () => ({
      leads: leadership.leads,
      reads_events: readsEvents(),
      messages: ingest.counters.messages,
      events: ingest.counters.events,
      applied: ingest.counters.applied,
      malformed: ingest.counters.malformed,
      dropped: ingest.counters.dropped,
      unstorable: ingest.counters.unstorable,
      lag_ms: ingest.counters.lagMs,
    }),
  )
}

/** A prober need not sign in; addresses and errors are for those who may see how Crisper does. */
async function maySee(request: FastifyRequest, context: Context): Promise<boolean> {
  const identity = await identify(request, context).catch(() => undefined)
  return identity !== undefined && may(identity, 'fleet:read')
}

function withoutReasons(checks: Readonly<Record<string, Check>>): Record<string, Pick<Check, 'ok'>> {
  return Object.fromEntries(Object.entries(checks).map(([name, { ok }]) => [name, { ok }]))
}

async function checkDatabase({ db }: Context): Promise<Check> {
  try {
    await sql`select 1`.execute(db)
    return { ok: true, reason: 'answers' }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

function checkBroker({ broker }: Context): Check {
  const { status, maskedUrl } = broker
  if (status.state === 'connected') return { ok: true, reason: `connected to ${maskedUrl}` }
  if (status.state === 'reconnecting') return { ok: false, reason: status.error }
  return { ok: false, reason: `not connected to ${maskedUrl} yet` }
}

function checkStream({ ingest, broker, readsEvents }: Context): Check {
  if (!readsEvents() && broker.status.state === 'connected')
    return { ok: true, reason: 'standing by: another Crisper on this database reads the events' }
  if (!ingest.subscribed) return { ok: false, reason: 'not subscribed: the broker has not been reached yet' }
  if (broker.status.state !== 'connected') return { ok: false, reason: 'interrupted: the broker is away' }
  return { ok: true, reason: 'subscribed' }
}
