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

/**
 * Publishes the events of tasks that came and succeeded, each a message of its own, as fast as Redis takes them, with
 * the results that Celery stores. Made up, for no worker is as fast as many are together. Answers with the ids.
 */
export async function burst(cluster: Cluster, tasks: number): Promise<string[]> {
  const broker = new Redis(cluster.brokerUrl)
  const backend = new Redis(cluster.backendUrl)
  const ids = Array.from({ length: tasks }, () => randomUUID())
  const batches: string[][] = []
  for (let at = 0; at < tasks; at += atOnce) {
    const slice = ids.slice(at, at + atOnce)
    await backend.mset(...slice.flatMap((id) => [`celery-task-meta-${id}`, resultOf(id)]))
    batches.push(slice.flatMap((id) => [received(id), started(id), succeeded(id)].map(messageOf)))
  }
  for (const batch of batches) {
    const pipeline = broker.pipeline()
    for (const message of batch) pipeline.publish(`/0.${exchange}/${routingKey}`, message)
    await pipeline.exec()
  }
  broker.disconnect()
  backend.disconnect()
  return ids
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
