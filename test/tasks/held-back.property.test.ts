import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../src/celery/broker.js'
import { HeldBack } from '../../src/tasks/held-back.js'
import { mergeRecords } from '../../src/tasks/merge.js'
import type { TaskRecord } from '../../src/tasks/record.js'

const reach = { messages: 12, bytes: 400, ms: 1000 }

interface Happening {
  readonly taskId: string
  readonly ends: boolean
}

/** What is read in one go: each message tells of one happening. */
interface Read {
  readonly happenings: readonly Happening[]
  readonly bytes: number
  readonly msLater: number
  readonly mayWait: boolean
}

const reads = fc.array(
  fc.record<Read>({
    happenings: fc.array(
      fc.record({
        taskId: fc.integer({ min: 1, max: 8 }).map((n) => `task ${n}`),
        ends: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    bytes: fc.integer({ min: 0, max: 200 }),
    msLater: fc.integer({ min: 0, max: 500 }),
    mayWait: fc.boolean(),
  }),
  { maxLength: 20 },
)

function recordOf({ taskId, ends }: Happening, at: number): TaskRecord {
  const state = ends ? 'SUCCESS' : 'STARTED'
  return {
    taskId,
    firstSeenAt: at,
    state: { state, fromWorker: true, at, rank: ends ? at + 1000 : at, phase: ends ? 5 : 2 },
    timeline: [{ type: ends ? 'task-succeeded' : 'task-started', at }],
  }
}

function joined(records: readonly TaskRecord[]): ReadonlyMap<string, TaskRecord> {
  const byTask = new Map<string, TaskRecord>()
  for (const record of records) {
    const known = byTask.get(record.taskId)
    byTask.set(record.taskId, known === undefined ? record : mergeRecords(known, record))
  }
  return byTask
}

/** The events whose times stand in the timelines of these records: each event has a time of its own. */
function eventsIn(records: readonly TaskRecord[]): ReadonlySet<number> {
  return new Set(records.flatMap(({ timeline }) => timeline.map(({ at }) => at)))
}

function missing(told: ReadonlySet<number>, written: ReadonlySet<number>): number[] {
  return [...told].filter((event) => !written.has(event))
}

interface Step {
  readonly read: Read
  readonly readAt: number
  readonly told: readonly TaskRecord[]
  readonly due: readonly TaskRecord[]
  /** The number of the batch up to whose last message all is said to be written; -1 where none is. */
  readonly upTo: number
}

function deliveredAt(arrivedAt: Date): Delivery {
  return {
    arrivedAt,
    size: 1,
    open() {
      throw new Error('it was read already')
    },
  }
}

function play(all: readonly Read[]): Step[] {
  const heldBack = new HeldBack(reach)
  const deliveries: Delivery[] = []
  let [events, readAt, upTo] = [0, 0, -1]
  return all.map((read) => {
    const told = read.happenings.map((happening) => {
      events += 1
      return recordOf(happening, events)
    })
    for (const record of told) heldBack.tell(record)
    readAt += read.msLater
    const last = deliveredAt(new Date(readAt))
    deliveries.push(last)
    const batch = { last, messages: told.length, bytes: read.bytes, readAt }
    const due = heldBack.due(batch, read.mayWait)
    if (due.upTo !== undefined) upTo = deliveries.indexOf(due.upTo)
    return { read, readAt, told, due: due.records, upTo }
  })
}

/** Whether what a batch told first may still be held after a later one. */
function isWithinReach(steps: readonly Step[], from: number, now: number): boolean {
  const since = steps.slice(from, now + 1)
  const sum = (of: (step: Step) => number) => since.reduce((total, step) => total + of(step), 0)
  const age = (steps[now]?.readAt ?? 0) - (steps[from]?.readAt ?? 0)
  return (
    sum(({ told }) => told.length) <= reach.messages &&
    sum(({ read }) => read.bytes) <= reach.bytes &&
    age <= reach.ms
  )
}

describe('what is held back', () => {
  test('is written at last, as it was told, and each task once at a time', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const end: Read = {
          happenings: [{ taskId: 'the last', ends: false }],
          bytes: 0,
          msLater: 0,
          mayWait: false,
        }
        const steps = play([...all, end])

        expect(joined(steps.flatMap(({ due }) => due))).toEqual(joined(steps.flatMap(({ told }) => told)))
        for (const { due } of steps) expect(joined(due).size).toBe(due.length)
        expect(steps.at(-1)?.upTo).toBe(all.length)
      }),
    )
  })

  test('has no message acknowledged before all that it told is due', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const steps = play(all)
        for (const [now, { upTo }] of steps.entries()) {
          const written = eventsIn(steps.slice(0, now + 1).flatMap(({ due }) => due))
          const safe = eventsIn(steps.slice(0, upTo + 1).flatMap(({ told }) => told))
          expect(missing(safe, written)).toEqual([])
        }
      }),
    )
  })

  test('is of tasks that go on, is not old, and waits only while it may', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const steps = play(all)
        for (const [now, { read, told }] of steps.entries()) {
          const written = eventsIn(steps.slice(0, now + 1).flatMap(({ due }) => due))
          if (!read.mayWait) expect(missing(eventsIn(told), written)).toEqual([])
          for (const [from, before] of steps.slice(0, now + 1).entries()) {
            if (isWithinReach(steps, from, now)) continue
            expect(missing(eventsIn(before.told), written)).toEqual([])
          }
          const ended = told.filter(({ state }) => state?.state === 'SUCCESS')
          expect(missing(eventsIn(ended), written)).toEqual([])
        }
      }),
    )
  })

  test('is held as far as it reaches', () => {
    const going: Read = {
      happenings: [{ taskId: 'goes on', ends: false }],
      bytes: 0,
      msLater: 1,
      mayWait: true,
    }
    const others = (taskId: string): Read => ({
      ...going,
      happenings: Array.from({ length: 5 }, () => ({ taskId, ends: true })),
    })

    const steps = play([going, others('a'), others('b'), going, others('c')])

    expect(steps.map(({ due }) => due.map(({ taskId }) => taskId))).toEqual([
      [],
      ['a'],
      ['b'],
      [],
      ['goes on', 'c'],
    ])
    expect(steps.map(({ upTo }) => upTo)).toEqual([-1, -1, -1, -1, 4])
  })
})
