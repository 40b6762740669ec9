import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { z } from 'zod'
import { makeEnvelope } from '../../src/celery/messages.js'
import { type FiledEvent, type FiledMessage, fileRate } from './event-file.js'

/**
 * The child process of publisher.ts: `load` reads a file, `play` publishes it as Celery's workers do. At a rate, messages
 * are made as they are due; as fast as can be, all are made before. `knock` publishes one event of a task of its own.
 */
const order = z.discriminatedUnion('do', [
  z.object({ do: z.literal('load'), path: z.string(), rate: z.number() }),
  z.object({ do: z.literal('play') }),
  z.object({ do: z.literal('knock') }),
])

const [kind = '', url = ''] = process.argv.slice(2)
const exchange = 'celeryev'
const tickMs = 5
const knock = {
  type: 'task-sent',
  hostname: 'gen1@bench',
  pid: 1,
  clock: 1,
  utcoffset: 0,
  name: 'bench.knock',
}
/** Messages handed over at a time. */
const atOnce = 500

interface Outlet {
  /** Everything that is needed to publish a message. */
  make(message: FiledMessage): () => void
  /** Until what was published is on its way. */
  flush(): Promise<void>
}

const outlet = kind === 'redis' ? onRedis() : await onRabbitmq()
let lines: string[] = []
let ready: (() => void)[] = []
let rate = 0

process.on('message', (message) => {
  answer(message).then(
    (told) => process.send?.(told),
    (error) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))

async function answer(message: unknown): Promise<object> {
  const wanted = order.parse(message)
  if (wanted.do === 'load') {
    rate = wanted.rate
    lines = readFileSync(wanted.path, 'utf8').trimEnd().split('\n').slice(1)
    const begun = Date.now() / 1000
    ready = rate > 0 ? [] : lines.map((line) => outlet.make(dated(line, begun, 50_000)))
    return {}
  }
  if (wanted.do === 'knock') {
    const timestamp = Date.now() / 1000
    outlet.make({
      key: 'task.sent',
      body: { ...knock, uuid: randomUUID(), timestamp },
    })()
    await outlet.flush()
    return {}
  }
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const latestMs = rate > 0 ? await playInTime() : await playAtOnce()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - begun) / 1000, latestMs }
}

async function playAtOnce(): Promise<number> {
  for (let at = 0; at < ready.length; at += atOnce) {
    for (const publish of ready.slice(at, at + atOnce)) publish()
    await outlet.flush()
  }
  ready = []
  return 0
}

/** Answers how late the latest message was, in milliseconds. */
async function playInTime(): Promise<number> {
  const begun = Date.now() / 1000
  let latest = 0
  for (let at = 0; at < lines.length; ) {
    const now = Date.now() / 1000
    for (; at < lines.length; at += 1) {
      const message = dated(lines[at] ?? '', begun, rate)
      const due = lastOf(message).timestamp
      if (due > now) break
      latest = Math.max(latest, now - due)
      outlet.make(message)()
    }
    await outlet.flush()
    await pause(tickMs)
  }
  return latest * 1000
}

function dated(line: string, begun: number, eventsPerSecond: number): FiledMessage {
  const { key, body }: FiledMessage = JSON.parse(line)
  const date = (event: FiledEvent) => ({
    ...event,
    timestamp: begun + (event.timestamp * fileRate) / eventsPerSecond,
  })
  return { key, body: isList(body) ? body.map(date) : date(body) }
}

function lastOf({ body }: FiledMessage): FiledEvent {
  return (isList(body) ? body.at(-1) : body) ?? { timestamp: 0 }
}

function isList(body: FiledMessage['body']): body is readonly FiledEvent[] {
  return Array.isArray(body)
}

function onRedis(): Outlet {
  const redis = new Redis(url)
  let pipeline = redis.pipeline()
  return {
    make({ key, body }) {
      const headers = { hostname: 'worker@bench' }
      const envelope = makeEnvelope({ body, headers, exchange, routingKey: key })
      return () => pipeline.publish(`/0.${exchange}/${key}`, envelope)
    },
    async flush() {
      const full = pipeline
      pipeline = redis.pipeline()
      for (const [error] of (await full.exec()) ?? []) if (error) throw error
    },
  }
}

async function onRabbitmq(): Promise<Outlet> {
  const connection = await connect(url.replace(/\/\/$/, ''))
  const channel = await connection.createConfirmChannel()
  await channel.assertExchange(exchange, 'topic', { durable: true, autoDelete: false })
  const options = { contentType: 'application/json', contentEncoding: 'utf-8', persistent: false }
  return {
    make({ key, body }) {
      const bytes = Buffer.from(JSON.stringify(body))
      return () => channel.publish(exchange, key, bytes, options)
    },
    flush: () => channel.waitForConfirms(),
  }
}
