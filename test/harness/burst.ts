import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { makeEnvelope } from '../../src/celery/messages.js'
import type { Cluster } from './cluster.js'
import { now, received, started, succeeded } from './made-events.js'

export const eventsPerTask = 3
/** Tasks whose events are written at once. */
const atOnce = 500
const exchange = 'celeryev'
const routingKey = 'task.multi'

/** The events of tasks that came and succeeded, ready to be sent. */
export interface Burst {
  readonly ids: readonly string[]
  /** Sends them, each a message of its own, as fast as Redis takes them, with the results that Celery stores. */
  publish(): Promise<void>
}

/** Made up, for no worker is as fast as many are together. */
export function burstOf(cluster: Pick<Cluster, 'brokerUrl' | 'backendUrl'>, tasks: number): Burst {
  const ids = Array.from({ length: tasks }, () => randomUUID())
  const batches = Array.from({ length: Math.ceil(tasks / atOnce) }, (_, n) => {
    const slice = ids.slice(n * atOnce, (n + 1) * atOnce)
    return {
      slice,
      messages: slice.flatMap((id) => [received(id), started(id), succeeded(id)].map(messageOf)),
    }
  })
  return {
    ids,
    async publish() {
      const broker = new Redis(cluster.brokerUrl)
      const backend = new Redis(cluster.backendUrl)
      for (const { slice, messages } of batches) {
        await backend.mset(...slice.flatMap((id) => [`celery-task-meta-${id}`, resultOf(id)]))
        const pipeline = broker.pipeline()
        for (const message of messages) pipeline.publish(`/0.${exchange}/${routingKey}`, message)
        await pipeline.exec()
      }
      broker.disconnect()
      backend.disconnect()
    },
  }
}

function messageOf(event: object): string {
  return makeEnvelope({ body: [event], headers: { hostname: 'w1@host' }, exchange, routingKey })
}

function resultOf(id: string): string {
  return JSON.stringify({
    status: 'SUCCESS',
    result: 'ok',
    traceback: null,
    children: [],
    date_done: new Date(now() * 1000).toISOString(),
    task_id: id,
  })
}
