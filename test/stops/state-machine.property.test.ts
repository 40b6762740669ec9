import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TaskEvent } from '../../src/celery/events.js'
import { explainCancelled, explainSent, explainUnconfirmed } from '../../src/stops/explain.js'
import { contradicted, judge } from '../../src/stops/outcome.js'
import { isOpen, type Stop, type StopOrder, transitions } from '../../src/stops/stop.js'
import { type StopChange, StopStore } from '../../src/stops/store.js'
import { mergeRecords } from '../../src/tasks/merge.js'
import type { TaskRecord } from '../../src/tasks/record.js'
import { recordOfEvent, stoppedRegister } from '../../src/tasks/record-of-event.js'
import { description, reading } from '../harness/made-events.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase()

type Happening =
  | { readonly kind: 'told'; readonly runs: boolean; readonly replies: number }
  | { readonly kind: 'event'; readonly event: 'received' | 'started' | 'succeeded' | 'failed' | 'retried' }
  | { readonly kind: 'event'; readonly event: 'dropped' | 'terminated' }
  | { readonly kind: 'gone' | 'alive' | 'cancel' | 'expire' | 'not sent' | 'restart' }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('told' as const), runs: fc.boolean(), replies: fc.nat(2) }),
  fc.record({
    kind: fc.constant('event' as const),
    event: fc.constantFrom('received', 'started', 'succeeded', 'failed', 'retried'),
  }),
  fc.record({ kind: fc.constant('event' as const), event: fc.constantFrom('dropped', 'terminated') }),
  fc.constantFrom('gone', 'alive', 'cancel', 'expire', 'not sent', 'restart').map((kind) => ({ kind })),
)

const order: fc.Arbitrary<StopOrder> = fc.record({
  mode: fc.constantFrom('soft', 'hard'),
  by: fc.constant('ana'),
  reason: fc.constantFrom(null, 'duplicate'),
  signal: fc.constantFrom(null, 'USR1', 'TERM'),
  escalateAfter: fc.constant(null),
  cooperative: fc.constant(false),
})

/** One stop in the database, and what is known of its task, through whatever happens. */
class Followed {
  record: TaskRecord
  #at = Date.now() / 1000

  private constructor(
    readonly store: StopStore,
    public stop: Stop,
  ) {
    this.record = {
      taskId: stop.taskId,
      firstSeenAt: this.#at,
      timeline: [],
      state: stoppedRegister(this.#at),
    }
  }

  static async start(store: StopStore, given: StopOrder, childPid: number | null): Promise<Followed> {
    const target = given.mode === 'soft' ? null : ({ worker: 'w@h', pool: 'prefork', childPid } as const)
    const stop = await store.create({
      taskId: `task-${crypto.randomUUID()}`,
      order: given,
      known: true,
      priorState: 'STARTED',
      target,
    })
    return new Followed(store, stop)
  }

  async after(what: Happening): Promise<Stop> {
    const change = this.#changeOf(what)
    if (change !== undefined) await this.store.change([{ id: this.stop.id, ...change }])
    // What is in memory is lost at a restart; the database must be enough to go on.
    const now = await this.store.find(this.stop.id)
    if (now === undefined) throw new Error('the stop is gone')
    return now
  }

  #changeOf(what: Happening): Omit<StopChange, 'id'> | undefined {
    switch (what.kind) {
      case 'told': {
        const replies = Array.from({ length: what.replies }, (_, n) => ({
          worker: `w${n}@h`,
          at: '',
          ok: true,
          text: '',
        }))
        const status = what.runs && this.stop.mode === 'hard' ? 'sent' : 'armed'
        return { status, explanation: explainSent(this.stop, what.runs, replies) }
      }
      case 'event':
        this.record = mergeRecords(
          this.record,
          recordOfEvent({ event: this.#eventOf(what.event), at: this.#at }, reading),
        )
        return this.#judged('announced')
      case 'gone':
        return this.#judged('gone')
      case 'alive':
        if (this.stop.status !== 'sent') return undefined
        return { status: 'sent', explanation: explainUnconfirmed(this.stop, true) }
      case 'cancel':
        return { status: 'cancelled', explanation: explainCancelled(this.stop, 'ben') }
      case 'expire':
        return { status: 'expired', explanation: 'Nothing was heard of the task for a week.' }
      case 'not sent':
        return { status: 'failed', explanation: 'Not sent: the broker is away' }
      case 'restart':
        return this.#judged('announced')
    }
  }

  #judged(proof: 'announced' | 'gone'): Omit<StopChange, 'id'> | undefined {
    if (this.stop.status === 'stopped') return contradicted(this.stop, this.record)
    if (!isOpen(this.stop.status)) return undefined
    const verdict = judge(this.stop, this.record)
    if (verdict.kind === 'ended') return verdict.outcome
    return verdict.kind === 'announced' && proof === 'gone' ? verdict.outcome : undefined
  }

  #eventOf(name: string): TaskEvent {
    this.#at += 1
    const base = { uuid: this.stop.taskId, hostname: 'w@h', pid: 1, timestamp: this.#at, arrivedAt: this.#at }
    const terminated = name === 'terminated'
    switch (name) {
      case 'started':
        return { ...base, type: 'task-started' }
      case 'succeeded':
        return { ...base, type: 'task-succeeded', result: '3', runtime: 1 }
      case 'failed':
        return { ...base, type: 'task-failed', exception: "ValueError('x')", traceback: null }
      case 'retried':
        return { ...base, type: 'task-retried', exception: "OSError('x')", traceback: null }
      case 'dropped':
      case 'terminated':
        return { ...base, type: 'task-revoked', terminated, signum: terminated ? 15 : null, expired: false }
      default:
        return { ...base, type: 'task-received', task: description }
    }
  }
}

test('whatever happens in whatever order: each change is an allowed one, and each state is explained', async () => {
  const store = new StopStore(database.db)
  const pid = fc.constantFrom(null, 123)
  await fc.assert(
    fc.asyncProperty(
      order,
      pid,
      fc.array(happening, { maxLength: 12 }),
      async (given, childPid, happenings) => {
        const followed = await Followed.start(store, given, childPid)
        for (const what of happenings) {
          const before = followed.stop
          const now = await followed.after(what)
          followed.stop = now

          const allowed = [before.status, ...transitions[before.status]]
          expect(allowed, `${before.status} after ${JSON.stringify(what)}`).toContain(now.status)
          expect(now.explanation).not.toBe('')
          expect(now.endedAt === null).toBe(isOpen(now.status))
          if (now.status === 'stopped' || now.status === 'finished') expect(now.evidence).not.toBeNull()
          // A task whose worker says that it succeeded is never called stopped.
          const { state } = followed.record
          if (state?.state === 'SUCCESS') expect(now.status).not.toBe('stopped')
          // A process that nobody has looked for is never called gone.
          if (now.status === 'stopped' && now.target?.childPid != null && now.evidence?.terminated === true) {
            expect(before.status === 'stopped' || what.kind === 'gone').toBe(true)
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})
