import type { FastifyBaseLogger } from 'fastify'
import type { Broker } from '../celery/broker.js'
import type { Config } from '../config.js'
import type { Leadership } from '../db/leadership.js'
import { Consumption } from '../fleet/consumption.js'
import { PurgeStore } from '../fleet/purge-store.js'
import { PurgeUpkeep } from '../fleet/purge-upkeep.js'
import { Purges } from '../fleet/purges.js'
import { QueueHistory } from '../fleet/queue-history.js'
import { mostQueues, Queues } from '../fleet/queues.js'
import { WaitingTasks } from '../fleet/waiting-tasks.js'
import type { Workers } from '../fleet/workers.js'
import type { Reading } from '../tasks/record-of-event.js'
import type { TaskStore } from '../tasks/store.js'
import { UnfinishedCounter } from '../tasks/unfinished-by-queue.js'
import { waitingSince } from '../tasks/waiting-since.js'
import { managementOf } from './management.js'
import type { OpenDatabase } from './open-database.js'

/** What knows of queues. `history`, `waitingTasks` and `purgeUpkeep` are still to be started. */
export function queuePartsOf(parts: {
  broker: Broker
  workers: Workers
  database: OpenDatabase
  tasks: TaskStore
  reading: Reading
  config: Config
  leadership: Leadership
  log: FastifyBaseLogger
}) {
  const { broker, workers, database, tasks, reading, config, leadership, log } = parts
  const { db } = database
  const lookAtQueues = async () => (await queues.look()).queues
  const history = new QueueHistory({
    db,
    workers,
    log,
    connected: () => broker.status.state === 'connected',
    samples: () => leadership.leads,
    queues: lookAtQueues,
  })
  const consumption = new Consumption({
    broker,
    workers,
    onFailure: (error) => log.warn({ err: error }, 'the workers could not be asked what they consume'),
  })
  const unfinished = new UnfinishedCounter(db, mostQueues)
  const queues: Queues = new Queues({
    broker,
    workers,
    management: managementOf(config),
    consumption,
    history,
    unfinished: () => unfinished.get(),
    waitingSince: (taskIds) => waitingSince(db, taskIds),
  })
  const waitingTasks = new WaitingTasks({
    broker,
    store: tasks,
    db,
    reading,
    log,
    ...config.waiting_tasks,
    queues: lookAtQueues,
  })
  const purgeStore = new PurgeStore(db)
  const purges = new Purges({
    broker,
    store: purgeStore,
    tasks,
    reading,
    log,
    onDeleted: (queue, count) => history.onLeft(queue, count),
  })
  const purgeUpkeep = new PurgeUpkeep(purgeStore, log)
  return { queues, history, waitingTasks, purges, purgeStore, purgeUpkeep }
}
