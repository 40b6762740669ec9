import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { makeEnvelope } from '../src/celery/messages.js'

/**
 * A child process of memory.ts that plays many Celery workers: for each number it is sent, it publishes so many tasks'
 * events to Redis as Celery does, up to 24 to a message (`EventDispatcher.buffer_limit`), and answers when they are out.
 */
const redis = new Redis(process.argv[2] ?? '')
const eventsInMessage = 24
const companies = 200

process.on('message', (tasks: number) => {
  publish(tasks).then(
    () => process.send?.('published'),
    (error) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))

async function publish(tasks: number): Promise<void> {
  const events = Array.from({ length: tasks }, (_, index) => eventsOf(index))
  // By kind, so that the four events of one task come in different messages, as with many tasks at a time.
  const inTurn = [0, 1, 2, 3].flatMap((kind) => events.map((ofTask) => ofTask[kind]))
  const pipeline = redis.pipeline()
  for (let at = 0; at < inTurn.length; at += eventsInMessage) {
    const body = inTurn.slice(at, at + eventsInMessage)
    const message = { body, headers: {}, exchange: 'celeryev', routingKey: 'task.multi' }
    pipeline.publish('/0.celeryev/task.multi', makeEnvelope(message))
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
}

function eventsOf(index: number): object[] {
  const uuid = randomUUID()
  const task = {
    name: 'etl.process_etl_file',
    args: '()',
    kwargs: `{'company_id': ${index % companies}, 'tenant_id': 'acme', 'path': 's3://in/${uuid}.csv'}`,
    root_id: uuid,
    parent_id: null,
    retries: 0,
    eta: null,
    expires: null,
  }
  const event = (type: string, hostname: string, fields: object = {}) => ({
    type,
    uuid,
    hostname,
    pid: 4711,
    utcoffset: 0,
    clock: index,
    timestamp: Date.now() / 1000,
    ...fields,
  })
  const worker = `worker${index % 8}@bench`
  return [
    event('task-sent', 'gen1@bench', {
      ...task,
      queue: 'celery',
      exchange: '',
      routing_key: 'celery',
    }),
    event('task-received', worker, task),
    event('task-started', worker),
    event('task-succeeded', worker, { result: "{'rows': 120, 'rejected': 3}", runtime: 0.8 }),
  ]
}
