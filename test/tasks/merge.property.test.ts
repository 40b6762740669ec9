import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TaskEvent } from '../../src/celery/events.js'
import type { TaskMeta } from '../../src/celery/results/backend.js'
import type { TaskMessage } from '../../src/celery/task-message.js'
import { deriveJob } from '../../src/tasks/derive.js'
import { lastHeard, lostOf } from '../../src/tasks/lost.js'
import { mergeRecords } from '../../src/tasks/merge.js'
import type { TaskRecord } from '../../src/tasks/record.js'
import { type PlacedEvent, recordOfEvent, stoppedRegister } from '../../src/tasks/record-of-event.js'
import {
  recordOfFound,
  recordOfGivenUp,
  recordOfLost,
  recordOfResult,
  recordOfRetry,
  recordOfRunning,
} from '../../src/tasks/record-of-evidence.js'
import { recordOfMessage, recordOfPurge } from '../../src/tasks/record-of-message.js'
import { parseRecord, toStored } from '../../src/tasks/stored-record.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { description, reading } from '../harness/made-events.js'

const start = 1_795_577_000
const types = taskTypes()

type WithoutBase<T> = T extends unknown ? Omit<T, keyof Base> : never
type Body = WithoutBase<TaskEvent>
interface Base {
  readonly uuid: string
  readonly hostname: string
  readonly pid: number | null
  readonly timestamp: number
  readonly arrivedAt: number
}

/** An event of the task at so many seconds after the start. */
function event(body: Body, at: number, hostname = 'w1@host'): PlacedEvent {
  const timestamp = start + at
  return {
    event: { uuid: 'task', hostname, pid: 1, timestamp, arrivedAt: timestamp, ...body } as TaskEvent,
    at: timestamp,
  }
}

const sent = (retries: number): Body => ({
  type: 'task-sent',
  task: { ...description, retries, queue: 'celery', routingKey: 'celery' },
})
const received = (retries: number): Body => ({ type: 'task-received', task: { ...description, retries } })
const started: Body = { type: 'task-started' }
const succeeded: Body = { type: 'task-succeeded', result: '3', runtime: 0.5 }
const failed = (exception: string): Body => ({ type: 'task-failed', exception, traceback: null })
const retried: Body = { type: 'task-retried', exception: "OSError('x')", traceback: null }
const revoked = (signum: number | null, expired = false): Body => ({
  type: 'task-revoked',
  terminated: signum !== null,
  signum,
  expired,
})
const progress = (done: number): Body => ({
  type: 'custom',
  name: 'task-progress',
  fields: { done, total: 10 },
})

const context = (parts: object): Body => ({ type: 'crisper-context', fields: { ...parts } })
const progressWithMeta = (key: string, value: unknown): Body => ({
  type: 'custom',
  name: 'task-progress',
  fields: { done: 1, meta: { [key]: value } },
})

function fold(events: readonly PlacedEvent[]): TaskRecord {
  return join(events.map((each) => recordOfEvent(each, reading)))
}

function stateOf(...events: PlacedEvent[]): string {
  return deriveJob(fold(events), types).state
}

const metaKey = fc.constantFrom('a', 'b', 'company_id', 'task_type', '__proto__', 'toString', '0')
const manyKeys = Array.from({ length: 30 }, (_, nth) => `key${nth}`)

const body = fc.oneof(
  fc.nat(3).map(sent),
  fc.nat(3).map(received),
  fc.constant(started),
  fc.constant(succeeded),
  fc.constantFrom("ValueError('x')", 'Terminated').map(failed),
  fc.constant(retried),
  fc.constantFrom(null, 9, 10, 15).map((signum) => revoked(signum)),
  fc.constant(revoked(null, true)),
  fc.nat(10).map(progress),
  fc
    .record(
      {
        tenant_id: fc.constantFrom('a', 'b', 7),
        company_id: fc.constantFrom(4, '4', 'acme'),
        user_id: fc.constantFrom(1, '2', 'nobody'),
        kind: fc.constantFrom('import', ''),
        meta: fc.dictionary(metaKey, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
      },
      { requiredKeys: [] },
    )
    .map(context),
  // Together more keys than are kept.
  fc.nat(3).map((nth) => context({ meta: Object.fromEntries(manyKeys.map((key) => [`${key}${nth}`, nth])) })),
  fc.tuple(metaKey, fc.nat(3)).map(([key, value]) => progressWithMeta(key, value)),
  fc.constant<Body>({ type: 'task-rejected', requeue: true }),
  fc.constant<Body>({ type: 'task-rejected', requeue: false }),
)

const moment = fc.oneof(fc.nat(20), fc.double({ min: 0, max: 400, noNaN: true }))

/** What an event tells, from up to three workers whose clocks differ, often at equal times. */
const told = fc
  .tuple(body, moment, fc.nat(2))
  .map(([each, at, host]) =>
    recordOfEvent(
      event(each, at + host * 7, each.type === 'task-sent' ? 'gen1@client' : `w${host}@host`),
      reading,
    ),
  )

/** What reconciling tells: the result backend's word, a worker's, and that it found nobody who has the task. */
const evidence = fc
  .tuple(moment, moment, fc.constantFrom('SUCCESS', 'FAILURE', 'REVOKED'), fc.nat(5))
  .map(([at, heard, status, which]): TaskRecord => {
    const stored = meta(status, which === 0 ? null : start + at)
    const known = recordOfEvent(event(started, heard), reading)
    const mark = recordOfLost(known, start + at, { kind: 'worker_gone', worker: 'w1@host', note: 'gone' })
    switch (which) {
      case 0:
      case 1:
        return recordOfResult(stored, status, start + at, 'w1@host')
      case 2:
        return recordOfRunning({ ...held, worker: 'w2@host' }, start + at)
      case 3:
        return recordOfRetry(stored, start + at)
      case 4:
        return mark
      default:
        return mark.lost === undefined
          ? mark
          : mergeRecords(
              recordOfFound(known, start + heard, 'w2@host has it'),
              recordOfGivenUp(known, mark.lost, start + at),
            )
    }
  })

const held = { id: 'task', name: 'test.add', timeStart: null, queue: 'celery', acknowledged: true, pid: 7 }

function meta(status: string, doneAt: number | null): TaskMeta {
  return {
    taskId: 'task',
    status,
    result:
      status === 'SUCCESS'
        ? { rows: 3 }
        : { exc_type: 'ValueError', exc_message: ['x'], exc_module: 'builtins' },
    traceback: null,
    dateDone: doneAt === null ? null : new Date(doneAt * 1000),
    children: [],
    ...{
      parentId: null,
      groupId: null,
      name: 'test.add',
      args: null,
      kwargs: null,
      worker: null,
      retries: null,
    },
    queue: null,
  }
}

/** Minutes of one task. */
const history = fc.array(fc.oneof({ weight: 3, arbitrary: told }, evidence), { minLength: 1, maxLength: 30 })

function join(records: readonly TaskRecord[]): TaskRecord {
  return records.reduce(mergeRecords)
}

describe('merging is a function of the set of what was told', () => {
  test('any order, duplication and batching gives the same record and the same row', () => {
    const shuffledTwice = history.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      ),
    )
    fc.assert(
      fc.property(shuffledTwice, ([events, shuffled, sizes]) => {
        const once = join(events)
        const batches: TaskRecord[][] = []
        for (let at = 0, turn = 0; at < shuffled.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          batches.push(shuffled.slice(at, at + size))
          at += size
        }
        // Each batch meets what the database gave back: JSON with its keys in another order.
        const batched = batches.map(join).reduce((known, news) => mergeRecords(reread(known), news))

        expect(sorted(batched)).toEqual(sorted(once))
        expect(deriveJob(batched, types)).toEqual(deriveJob(once, types))
        expect(lostOf(batched)).toEqual(lostOf(once))
      }),
      { numRuns: 500 },
    )
  })

  test('so it is with messages that were seen in queues and purged from them', () => {
    const queued = fc.tuple(fc.nat(3), fc.nat(60), fc.boolean()).map(([retries, at, isPurged]) => {
      const message = messageOf(retries)
      if (!isPurged) return recordOfMessage(message, start + at, reading)
      const purged = {
        id: `${at}`,
        at: new Date((start + at) * 1000),
        queue: 'celery',
        by: 'ana',
        reason: null,
      }
      return recordOfPurge(message, purged, true, reading)
    })
    const records = fc
      .tuple(history, fc.array(queued, { minLength: 1, maxLength: 6 }))
      .map(([events, seen]) => [...events, ...seen])
    const shuffled = records.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    )
    fc.assert(
      fc.property(shuffled, ([all, twice]) => {
        const once = all.reduce(mergeRecords)
        const again = twice.reduce((known, news) => mergeRecords(reread(known), news))
        expect(sorted(again)).toEqual(sorted(once))
        expect(deriveJob(again, types)).toEqual(deriveJob(once, types))
      }),
      { numRuns: 300 },
    )
  })

  test('no duration is ever negative', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { startedAt, finishedAt } = deriveJob(join(events), types)
        if (startedAt !== null && finishedAt !== null) {
          expect(finishedAt.getTime()).toBeGreaterThanOrEqual(startedAt.getTime())
        }
      }),
    )
  })
})

function messageOf(retries: number): TaskMessage {
  return {
    id: 'task',
    task: { ...description, retries, queue: 'celery' },
    groupId: null,
    priority: null,
    origin: null,
    redelivered: false,
    headers: {},
  }
}

function reread(record: TaskRecord): TaskRecord {
  const reversed = Object.fromEntries(Object.entries(JSON.parse(JSON.stringify(toStored(record)))).reverse())
  return parseRecord(reversed)
}

function sorted(record: TaskRecord): unknown {
  return JSON.parse(JSON.stringify(record))
}

describe('which state wins', () => {
  test('a publisher never overrides a worker', () => {
    expect(stateOf(event(started, 1), event(sent(0), 100, 'gen1@client'))).toBe('STARTED')
  })

  test('a task that succeeded before its revoke is SUCCESS', () => {
    expect(stateOf(event(succeeded, 10), event(revoked(15), 12))).toBe('SUCCESS')
  })

  test('a revoke whose signal was ignored gives way to success', () => {
    expect(stateOf(event(revoked(15), 10), event(succeeded, 40))).toBe('SUCCESS')
  })

  test('a Terminated failure beside a revoke stays REVOKED, in both orders', () => {
    expect(stateOf(event(revoked(9), 10), event(failed('Terminated'), 10.1))).toBe('REVOKED')
    expect(stateOf(event(failed('Terminated'), 10), event(revoked(9), 10.1))).toBe('REVOKED')
  })

  test('SIGUSR1 only asks: the failure that follows is the truth', () => {
    expect(stateOf(event(revoked(10), 10), event(failed('SoftTimeLimitExceeded()'), 10.2))).toBe('FAILURE')
  })

  test('a finished task is not brought back by a clock that is a minute off', () => {
    expect(stateOf(event(succeeded, 10), event(started, 70))).toBe('SUCCESS')
  })

  test('a later run shows as running again', () => {
    expect(stateOf(event(succeeded, 10), event(received(0), 131), event(started, 132))).toBe('STARTED')
  })

  test('a message in a queue makes a task SENT, and whatever a worker says counts more', () => {
    const seen = recordOfMessage(messageOf(0), start + 100, reading)
    const row = (...records: TaskRecord[]) => deriveJob(records.reduce(mergeRecords), types)
    expect(row(seen)).toMatchObject({ state: 'SENT', queue: 'celery', taskName: description.name })
    expect(row(fold([event(started, 1)]), seen).state).toBe('STARTED')
    expect(row(seen, recordOfMessage(messageOf(0), start + 200, reading))).toEqual(row(seen))
  })

  test('a purge gives way to a task that starts all the same', () => {
    const purged = {
      id: 'p',
      at: new Date((start + 5) * 1000),
      queue: 'celery',
      by: 'ana',
      reason: 'wrong file',
    }
    const gone = recordOfPurge(messageOf(0), purged, true, reading)
    const row = (...records: TaskRecord[]) => deriveJob(records.reduce(mergeRecords), types)
    expect(row(gone)).toMatchObject({
      state: 'REVOKED',
      error: 'Purged from the queue celery by ana: wrong file',
    })
    expect(row(gone, fold([event(started, 6)]))).toMatchObject({ state: 'STARTED', error: null })
  })

  test('our own stop gives way to a task that starts all the same', () => {
    const stopped = { ...fold([event(received(0), 1)]), state: stoppedRegister(start + 5) }
    const row = (record: TaskRecord) => deriveJob(record, types).state
    expect(row(mergeRecords(fold([event(received(0), 1)]), stopped))).toBe('REVOKED')
    expect(row(mergeRecords(stopped, fold([event(started, 6)])))).toBe('STARTED')
  })
})

describe('what reconciling tells beside the events', () => {
  const row = (...records: TaskRecord[]) => deriveJob(join(records), types)
  const running = fold([event(received(0), 1), event(started, 2)])
  const succeededAt = (at: number) => recordOfResult(meta('SUCCESS', start + at), 'SUCCESS', start + at)
  const lost = recordOfLost(running, start + 60, { kind: 'worker_gone', worker: 'w1@host', note: 'gone' })

  test('a result ends the task, with its value', () => {
    expect(row(running, succeededAt(5))).toMatchObject({
      state: 'SUCCESS',
      result: { rows: 3 },
      worker: 'w1@host',
    })
  })

  test('the event of the same end counts more, for it tells more', () => {
    const told = fold([event(succeeded, 5.01)])
    expect(row(running, told, succeededAt(5))).toMatchObject({ state: 'SUCCESS', result: 3 })
  })

  test('a result of an earlier run does not end a later one', () => {
    expect(row(running, succeededAt(-300)).state).toBe('STARTED')
  })

  test('a stored REVOKED gives way to a start that is later', () => {
    const revokedMeta = recordOfResult(meta('REVOKED', start + 1), 'REVOKED', start + 1)
    expect(row(running, revokedMeta).state).toBe('STARTED')
  })

  test('lost until something later is heard, from whomever', () => {
    expect(lostOf(join([running, lost]))).toMatchObject({ kind: 'worker_gone' })
    for (const news of [
      fold([event(progress(3), 61)]),
      fold([event(received(0), 70, 'w2@host')]),
      succeededAt(65),
      recordOfFound(running, start + 70, 'w1@host has it'),
    ]) {
      expect(lostOf(join([running, lost, news]))).toBeUndefined()
    }
  })

  test('what was heard before does not take it back', () => {
    expect(lostOf(join([running, lost, fold([event(received(0), 1)])]))).toBeDefined()
  })

  test('given up, it fails; anything that comes after all counts more', () => {
    const mark = lostOf(join([running, lost]))
    if (mark === undefined) throw new Error('not lost')
    const givenUp = join([running, lost, recordOfGivenUp(running, mark, start + 600)])
    expect(row(givenUp)).toMatchObject({ state: 'FAILURE', error: 'Lost: gone' })
    expect(lostOf(givenUp)).toBeDefined()
    expect(row(givenUp, succeededAt(30)).state).toBe('SUCCESS')
    expect(row(givenUp, fold([event(started, 90, 'w2@host')])).state).toBe('STARTED')
    expect(lastHeard(givenUp)).toBe(start + 2)
  })
})
