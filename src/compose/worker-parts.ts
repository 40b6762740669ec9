import type { Kysely } from 'kysely'
import type { Broker } from '../celery/broker.js'
import type { Database } from '../db/schema.js'
import { WorkerInquiry } from '../fleet/inquiry.js'
import { Register } from '../fleet/register.js'
import { RollCall } from '../fleet/roll-call.js'
import { WorkerControl } from '../fleet/worker-control.js'
import { WorkerStore } from '../fleet/worker-store.js'
import type { Workers } from '../fleet/workers.js'
import type { Log } from '../tasks/log.js'
import type { LedParts } from './led-parts.js'
import type { StartedParts } from './started-parts.js'

/** What keeps up with the workers beside their events, and what asks and commands them. */
export async function startWorkerParts(parts: {
  broker: Broker
  workers: Workers
  db: Kysely<Database>
  log: Log
  started: StartedParts
  led: LedParts
}): Promise<{ workerInquiry: WorkerInquiry; workerControl: WorkerControl }> {
  const { broker, workers, db, log, started, led } = parts
  const register = new Register({ workers, store: new WorkerStore(db), log })
  await register.load()
  led.add('register of workers', register)
  const rollCall = new RollCall({ broker, workers, log })
  rollCall.start()
  started.add('roll call', () => rollCall.stop())
  const workerInquiry = new WorkerInquiry(broker, workers)
  return {
    workerInquiry,
    workerControl: new WorkerControl({ broker, workers, inquiry: workerInquiry, log }),
  }
}
