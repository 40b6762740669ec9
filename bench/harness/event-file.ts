import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { companies, failedShare, taskNames, tenants, workers } from './population.js'

/** What the events of a file are like. The same shape gives the same file, to the byte. */
export interface Shape {
  readonly tasks: number
  /** Tasks that run at a time: with few, the events of a task come close together; with many, far apart. */
  readonly underWay: number
  /** Of the tasks, how many tell their progress, ten times each. */
  readonly progressShare: number
  readonly seed: number
}

const eventFileHead = z.object({ events: z.number(), tasks: z.number(), lastTaskId: z.string() })

/** A file of events: a line about it, then a line for each message. */
export interface EventFile extends z.output<typeof eventFileHead> {
  readonly path: string
}

/**
 * A message as it is played: `key` is its routing key. Timestamps count seconds from the beginning of the play, at
 * `fileRate` events a second; the publisher makes them times of day.
 */
export interface FiledMessage {
  readonly key: string
  readonly body: FiledEvent | readonly FiledEvent[]
}

export type FiledEvent = { readonly timestamp: number } & Readonly<Record<string, unknown>>

/** Events a second for which the timestamps are made. */
export const fileRate = 10_000

/** Celery's `EventDispatcher.buffer_limit`: events of one worker in a message at most. */
const eventsInMessage = 24
const progressEvents = 10

const cache = resolve('.cache/bench/events')

/** The file of that shape, made where it is not there yet. */
export function eventFile(shape: Shape): EventFile {
  const name = `${shape.tasks}-${shape.underWay}-${shape.progressShare}-${shape.seed}.jsonl`
  const path = join(cache, name)
  if (!existsSync(path)) make(shape, path)
  const text = readFileSync(path, 'utf8')
  return { path, ...eventFileHead.parse(JSON.parse(text.slice(0, text.indexOf('\n')))) }
}

function make(shape: Shape, path: string): void {
  const messages = messagesOf(shape)
  const events = messages.reduce((sum, { body }) => sum + (Array.isArray(body) ? body.length : 1), 0)
  const head = { events, tasks: shape.tasks, lastTaskId: idOf(shape, shape.tasks - 1) }
  mkdirSync(cache, { recursive: true })
  writeFileSync(`${path}.draft`, `${[head, ...messages].map((line) => JSON.stringify(line)).join('\n')}\n`)
  renameSync(`${path}.draft`, path)
}

/** In the order in which they are sent: a worker gathers its events, all else goes out at once. The last task ends last. */
function messagesOf(shape: Shape): FiledMessage[] {
  const happenings = Array.from({ length: shape.tasks }, (_, task) => happeningsOf(shape, task)).flat()
  happenings.sort((a, b) => a.place - b.place)
  const messages: FiledMessage[] = []
  const gathered = Array.from({ length: workers }, (): FiledEvent[] => [])
  const flush = (worker: number) => {
    const body = gathered[worker]?.splice(0) ?? []
    if (body.length > 0) messages.push({ key: 'task.multi', body })
  }
  for (const [index, { task, kind }] of happenings.entries()) {
    const event = eventOf(shape, task, kind, index)
    const own = gathered[task % workers]
    if (kind === 'sent' || kind === 'progress' || own === undefined) {
      messages.push({ key: `task.${kind}`, body: event })
    } else {
      own.push(event)
      if (own.length === eventsInMessage) flush(task % workers)
    }
  }
  const last = (shape.tasks - 1) % workers
  for (let worker = 0; worker < workers; worker += 1) if (worker !== last) flush(worker)
  flush(last)
  return messages
}

type Kind = 'sent' | 'received' | 'started' | 'progress' | 'succeeded' | 'failed'

interface Happening {
  readonly task: number
  readonly kind: Kind
  /** In units of tasks begun. */
  readonly place: number
}

function happeningsOf(shape: Shape, task: number): Happening[] {
  const tells = chance(shape, task, 'progress') < shape.progressShare
  const isLast = task === shape.tasks - 1
  const end: Kind = !isLast && chance(shape, task, 'end') < failedShare ? 'failed' : 'succeeded'
  const progress = Array.from({ length: tells ? progressEvents : 0 }, (): Kind => 'progress')
  const kinds: Kind[] = ['sent', 'received', 'started', ...progress, end]
  const step = shape.underWay / (kinds.length - 1)
  return kinds.map((kind, index) => ({
    task,
    kind,
    place: isLast && kind === end ? Number.POSITIVE_INFINITY : task + index * step,
  }))
}

function eventOf(shape: Shape, task: number, kind: Kind, index: number): FiledEvent {
  const uuid = idOf(shape, task)
  const fromWorker = kind !== 'sent'
  const base = {
    hostname: fromWorker ? `worker${task % workers}@bench` : 'gen1@bench',
    utcoffset: 0,
    pid: 4711,
    clock: index + 1,
    uuid,
  }
  const timestamp = index / fileRate
  return { ...base, ...fieldsOf(shape, task, kind), timestamp, type: `task-${kind}` }
}

function fieldsOf(shape: Shape, task: number, kind: Kind): object {
  switch (kind) {
    case 'sent':
      return { ...descriptionOf(shape, task), queue: 'celery', exchange: '', routing_key: 'celery' }
    case 'received':
      return descriptionOf(shape, task)
    case 'started':
      return {}
    case 'progress':
      return { current: 40, total: 100 }
    case 'succeeded':
      return { result: "{'rows': 120, 'rejected': 3}", runtime: 0.8 }
    case 'failed':
      return { exception: `ValueError("no column 'amount'")`, traceback }
  }
}

function descriptionOf(shape: Shape, task: number) {
  const uuid = idOf(shape, task)
  // Few companies have most of the tasks.
  const company = Math.floor(companies * chance(shape, task, 'company') ** 2)
  return {
    root_id: uuid,
    parent_id: null,
    name: taskNames[Math.floor(taskNames.length * chance(shape, task, 'name'))],
    args: '()',
    kwargs: `{'company_id': ${company}, 'tenant_id': 'tenant-${company % tenants}', 'path': 's3://in/${uuid}.csv'}`,
    retries: 0,
    eta: null,
    expires: null,
  }
}

const traceback = [
  'Traceback (most recent call last):',
  ...Array.from(
    { length: 12 },
    (_, n) => `  File "/srv/app/step_${n}.py", line ${n}, in run\n    step(file=path, rows=${n})`,
  ),
  "ValueError: no column 'amount'",
].join('\n')

function idOf({ seed }: Shape, task: number): string {
  const hex = createHash('md5').update(`${seed} ${task}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** From 0 to 1, the same each time. */
function chance({ seed }: Shape, task: number, of: string): number {
  return createHash('md5').update(`${seed} ${task} ${of}`).digest().readUInt32BE(0) / 2 ** 32
}
