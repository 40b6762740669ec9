import { fileURLToPath } from 'node:url'
import type { Cluster } from './cluster.js'
import { Publisher } from './publisher.js'

/** A publisher that sends no `task-sent` events, as Celery's default is. */
export function silentPublisher(cluster: Cluster): Publisher {
  return new Publisher(cluster.celery.python, fileURLToPath(new URL('./app/', import.meta.url)), {
    CELERY_BROKER_URL: cluster.brokerUrl,
    CELERY_RESULT_BACKEND: cluster.backendUrl,
    CELERY_TASK_SEND_SENT_EVENT: '0',
  })
}
