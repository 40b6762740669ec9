import type { FastifyBaseLogger } from 'fastify'
import pRetry from 'p-retry'
import type { Broker } from '../celery/broker.js'
import type { GapWatch } from '../reconcile/gap-watch.js'
import type { Ingest } from '../tasks/ingest.js'

/** Connects, subscribes, and greets the workers, now and after each reconnection. Resolves once done or aborted. */
export async function connectForEver(
  broker: Broker,
  ingest: Ingest,
  { onConnected, gapWatch }: { onConnected: () => Promise<void>; gapWatch: GapWatch },
  log: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  const greetAll = () =>
    void onConnected().catch((error) => log.warn({ err: error }, 'the workers could not be asked'))
  broker.onStatus((status) => {
    if (status.state === 'reconnecting') log.warn({ error: status.error }, 'the broker is away; reconnecting')
    if (status.state === 'connected' && ingest.subscribed) {
      log.info({ reconnects: status.reconnects }, 'the broker is back; events arrive again')
      greetAll()
    }
  })
  try {
    await pRetry(
      async () => {
        await broker.connect()
        await ingest.start()
      },
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 500,
        maxTimeout: 5000,
        signal,
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (attemptNumber === 1) log.warn({ error: error.message }, 'no broker yet; trying on')
        },
      },
    )
  } catch (error) {
    if (!signal.aborted) log.error({ err: error }, 'the event stream could not be started')
    return
  }
  log.info({ broker: broker.maskedUrl }, 'events arrive')
  await gapWatch.subscribed().catch((error) => {
    if (!signal.aborted) log.warn({ err: error }, 'a gap could not be written down')
  })
  greetAll()
}
