import { setTimeout as pause } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Broker } from '../celery/broker.js'
import type { ResultBackend, TaskMeta } from '../celery/results/backend.js'
import { isTransient } from '../db/connect.js'
import { isFinished, isRunning } from '../tasks/job.js'
import type { Log } from '../tasks/log.js'
import type { AppliedTask, TaskStore } from '../tasks/store.js'
import { type ChildFinding, ChildWatch } from './child-watch.js'
import { explainAnnounced, explainUnconfirmed } from './explain.js'
import { markOf, noteOf, survivedMark, terminatedMark } from './marks.js'
import type { OpenStops } from './open-stops.js'
import { contradicted, endedOtherwise, judge, type Outcome } from './outcome.js'
import type { Sender } from './sender.js'
import type { Stop } from './stop.js'
import type { StopChange, StopStore } from './store.js'

export interface FollowerParts {
  readonly broker: Broker
  readonly backend: ResultBackend
  readonly tasks: TaskStore
  readonly stops: StopStore
  readonly open: OpenStops
  readonly sender: Sender
  readonly log: Log
  readonly onEnded: (stops: readonly Stop[]) => void
  /** Whether what follows on a request is done here: looking for processes, killing, stopping again. */
  readonly leads: () => boolean
  /** These have ended otherwise than we thought: by another's word. */
  readonly onOvertaken: (ids: readonly string[]) => void
  /** Tells whoever leads to look at these, since their tasks have done something. */
  readonly handOver: (ids: readonly string[]) => void
}

/** Milliseconds for an event that may be on its way, when the process that a task ran in is gone. */
const eventWaitMs = 1000
const armedForMs = 7 * 24 * 3_600_000
/** Tasks looked up at a time. */
const slice = 1000

/**
 * Follows open stops to their outcome: by events, by looking for the process, by the result backend; and escalates. Of
 * several Crispers each writes down the outcomes that its events tell; the rest is done by the one that leads.
 */
export class Follower {
  readonly #parts: FollowerParts
  readonly #children: ChildWatch
  /** Stops whose worker has said that it terminated the task. */
  readonly #announced = new Set<string>()
  readonly #escalations = new Map<string, NodeJS.Timeout>()
  readonly #abort = new AbortController()

  constructor(parts: FollowerParts) {
    this.#parts = parts
    this.#children = new ChildWatch(parts.broker, (stop, finding) =>
      this.#apart(this.#onChild(stop, finding), stop),
    )
  }

  /** Looks what became of the open stops while nobody looked, and follows those that were sent. */
  async lead(): Promise<void> {
    await this.review(this.#parts.open.all())
    for (const stop of this.#parts.open.all()) this.follow(stop)
  }

  /** Another leads. */
  rest(): void {
    this.#children.clear()
    this.#announced.clear()
    for (const timer of this.#escalations.values()) clearTimeout(timer)
    this.#escalations.clear()
  }

  stop(): void {
    this.#abort.abort()
    this.#children.stop()
    for (const timer of this.#escalations.values()) clearTimeout(timer)
  }

  /** A stop of a running task was sent: looks for the end of its process, or waits until it is time to kill it. */
  follow(stop: Stop): void {
    if (stop.mode === 'soft' || stop.target === null || !this.#parts.leads()) return
    if (stop.status === 'sent') this.#children.watch(stop)
    else if (stop.escalateAfter !== null && stop.escalatedAt === null) this.#planEscalation(stop)
  }

  /** What was committed of tasks: ends the stops that it decides, sends those again whose task came back. */
  onApplied(tasks: readonly AppliedTask[]): void {
    const { open } = this.#parts
    const ended: StopChange[] = []
    const again: Stop[] = []
    const late: AppliedTask[] = []
    const announced: Stop[] = []
    for (const task of tasks) {
      const stops = open.of(task.record.taskId)
      for (const stop of stops) {
        const verdict = judge(stop, task.record)
        if (verdict.kind === 'ended') {
          ended.push({ id: stop.id, ...verdict.outcome })
          open.settle(stop)
        } else if (verdict.kind === 'again') again.push(stop)
        else if (verdict.kind === 'announced' && !this.#announced.has(stop.id)) {
          if (this.#parts.leads()) this.#announced.add(stop.id)
          announced.push(stop)
        }
      }
      const { stop, state } = task.record
      if (stop !== undefined && state !== undefined && endedOtherwise(state)) late.push(task)
    }
    if (ended.length > 0) this.#apart(this.#end(ended, tasks), ...ended)
    if (announced.length + again.length > 0 && !this.#parts.leads()) {
      this.#parts.handOver([...announced, ...again].map(({ id }) => id))
    } else {
      if (announced.length > 0) this.#apart(this.#onAnnounced(announced), ...announced)
      if (again.length > 0) this.#apart(this.#stopAgain(again), ...again)
    }
    if (late.length > 0) this.#apart(this.#correct(late))
  }

  /** As it stands in the database, where another Crisper has changed it. */
  renew(stop: Stop): void {
    this.#parts.open.set(stop)
    if (!this.#children.isWatching(stop)) this.follow(stop)
  }

  /** Looks at the rows and at the result backend: for what no event told us. */
  async review(stops: readonly Stop[]): Promise<void> {
    for (let at = 0; at < stops.length; at += slice) {
      const part = stops.slice(at, at + slice)
      const ids = [...new Set(part.map(({ taskId }) => taskId))]
      this.onApplied(await this.#parts.tasks.findMany(ids))
      const metas = await this.#parts.backend.get(ids).catch(() => new Map<string, TaskMeta>())
      const ended = part.flatMap((stop) => {
        const outcome = outcomeOfMeta(metas.get(stop.taskId))
        return outcome === undefined ? [] : [{ id: stop.id, ...outcome }]
      })
      await this.#end(ended)
    }
    for (const stop of stops) {
      const now = this.#parts.open.get(stop)
      if (now?.status === 'sent' && !this.#children.isWatching(now)) this.follow(now)
    }
  }

  /** Gives up stops of tasks that were not heard of for so long that their message must be gone. */
  async expire(): Promise<void> {
    const oldest = Date.now() - armedForMs
    const old = this.#parts.open.all().filter((stop) => stop.requestedAt.getTime() < oldest)
    const explanation = 'Nothing was heard of the task for a week; the stop is no longer sent.'
    await this.#end(old.map(({ id }) => ({ id, status: 'expired', explanation })))
  }

  /** Writes outcomes. Its row tells who stopped a task that nobody had heard of when it was stopped. */
  async #end(changes: readonly StopChange[], tasks: readonly AppliedTask[] = []): Promise<void> {
    const ended = await this.#persist(() => this.#parts.stops.change(changes))
    for (const stop of ended) this.forget(stop)
    if (ended.length < changes.length) {
      const written = new Set(ended.map(({ id }) => id))
      this.#parts.onOvertaken(changes.flatMap(({ id }) => (written.has(id) ? [] : [id])))
    }
    const unmarked = tasks.filter(({ record }) => record.stop === undefined)
    const states = new Map(unmarked.map(({ job }) => [job.taskId, job.state]))
    const marks = new Map(
      ended.flatMap((stop) => {
        const state = states.get(stop.taskId)
        return state === undefined ? [] : [[stop.taskId, markOf(stop, isRunning(state))] as const]
      }),
    )
    if (marks.size > 0) await this.#persist(() => this.#parts.tasks.apply([...marks.values()]))
    this.#parts.onEnded(ended)
  }

  async #onAnnounced(stops: readonly Stop[]): Promise<void> {
    for (const stop of stops) if (!this.#children.isWatching(stop)) this.#children.watch(stop)
    const changed = await this.#persist(() =>
      this.#parts.stops.change(
        stops.map((stop) => ({ id: stop.id, status: 'sent', explanation: explainAnnounced(stop) })),
      ),
    )
    for (const stop of changed) this.#parts.open.update(stop)
  }

  async #stopAgain(stops: readonly Stop[]): Promise<void> {
    this.#parts.log.warn(
      { taskIds: stops.slice(0, 10).map(({ taskId }) => taskId), tasks: stops.length },
      'stopped tasks came back; stopping them again',
    )
    await this.#parts.sender.send(stops, { why: 'came back' })
    const notes = new Map(
      stops.map((stop) => [stop.taskId, noteOf(stop, 'stop-again', 'it came back; stopped again')]),
    )
    await this.#persist(() => this.#parts.tasks.apply([...notes.values()]))
  }

  /** Tasks that ended by themselves after all: what was said of their stops was wrong. */
  async #correct(tasks: readonly AppliedTask[]): Promise<void> {
    const records = new Map(tasks.map(({ record }) => [record.taskId, record]))
    const believed = await this.#persist(() => this.#parts.stops.stoppedOf([...records.keys()]))
    const changes = believed.flatMap((stop) => {
      const record = records.get(stop.taskId)
      const outcome = record && contradicted(stop, record)
      return outcome === undefined ? [] : [{ id: stop.id, ...outcome }]
    })
    await this.#persist(() => this.#parts.stops.change(changes))
  }

  async #onChild(stop: Stop, finding: ChildFinding): Promise<void> {
    if (finding.kind === 'gone') await this.#onGone(stop, finding.at)
    else {
      const now = this.#parts.open.get(stop)
      if (now === undefined || now.status !== 'sent') return
      const explanation = explainUnconfirmed(now, finding.kind === 'alive')
      const [changed] = await this.#parts.stops.change([{ id: stop.id, status: now.status, explanation }])
      if (changed !== undefined) this.#parts.open.update(changed)
      if (finding.kind === 'alive') await this.#persist(() => this.#parts.tasks.apply([survivedMark(now)]))
    }
  }

  /** Its process is gone: that ends the stop, unless the task was through before. */
  async #onGone(stop: Stop, at: Date): Promise<void> {
    const { childPid = null, worker = '' } = stop.target ?? {}
    const check = `process ${childPid} is gone from the pool of ${worker}`
    const announced = await this.#announcementOf(stop)
    if (announced === 'ended') return
    if (announced !== undefined) {
      const evidence = { ...announced.evidence, check }
      await this.#markTerminated(stop, worker, at)
      await this.#end([{ id: stop.id, ...announced, evidence }])
      return
    }
    const meta = (await this.#parts.backend.get([stop.taskId]).catch(() => undefined))?.get(stop.taskId)
    const byItself = outcomeOfMeta(meta)
    if (byItself !== undefined) {
      await this.#end([{ id: stop.id, ...byItself }])
      return
    }
    await this.#persist(() => this.#parts.tasks.apply([terminatedMark(stop, worker, at)]))
    const evidence = { check, worker, at: at.toISOString(), terminated: true }
    const explanation = `The process that ran it on ${worker} has ended; no event told of it.`
    await this.#end([{ id: stop.id, status: 'stopped', evidence, explanation }])
  }

  /** Its row says that it runs where its process was once seen to have survived. */
  async #markTerminated(stop: Stop, worker: string, at: Date): Promise<void> {
    const task = await this.#parts.tasks.find(stop.taskId)
    if (task?.record.survivedAt === undefined) return
    await this.#persist(() => this.#parts.tasks.apply([terminatedMark(stop, worker, at)]))
  }

  /** What the task's events say by now; they may be a little later than the death of the process. */
  async #announcementOf(stop: Stop): Promise<Outcome | 'ended' | undefined> {
    for (let waited = 0; waited <= eventWaitMs; waited += 100) {
      const now = this.#parts.open.get(stop)
      if (now === undefined) return 'ended'
      const task = await this.#parts.tasks.find(stop.taskId)
      const verdict = task === undefined ? undefined : judge(now, task.record)
      if (verdict?.kind === 'announced' || verdict?.kind === 'ended') return verdict.outcome
      await pause(100, undefined, { ref: false })
    }
    return undefined
  }

  #planEscalation(stop: Stop): void {
    if (this.#escalations.has(stop.id)) return
    const due = (stop.sentAt ?? stop.requestedAt).getTime() + 1000 * (stop.escalateAfter ?? 0)
    const timer = setTimeout(
      () => {
        this.#escalations.delete(stop.id)
        this.#apart(this.#escalate(stop), stop)
      },
      Math.max(0, due - Date.now()),
    )
    this.#escalations.set(stop.id, timer)
  }

  async #escalate(stop: Stop): Promise<void> {
    const now = this.#parts.open.get(stop)
    if (now === undefined) return
    // The sender reads from it what to say, and writes it down.
    const escalated: Stop = { ...now, escalatedAt: new Date() }
    this.#parts.open.set(escalated)
    await this.#parts.sender.send([escalated], { why: 'escalation' })
    const note = `it had ${stop.escalateAfter} s; SIGKILL was sent`
    await this.#persist(() => this.#parts.tasks.apply([noteOf(stop, 'stop-escalated', note)]))
    const explanation = `It did not end within ${stop.escalateAfter} s; SIGKILL was sent, and its end is awaited.`
    const [changed] = await this.#parts.stops.change([{ id: stop.id, status: 'sent', explanation }])
    if (changed !== undefined && this.#parts.open.update(changed)) this.follow(changed)
  }

  /** It has ended. */
  forget(stop: Stop): void {
    this.#parts.open.delete(stop)
    this.#children.unwatch(stop)
    this.#announced.delete(stop.id)
    clearTimeout(this.#escalations.get(stop.id))
    this.#escalations.delete(stop.id)
  }

  /** Outcomes are not lost to a database that is away for a while. */
  #persist<T>(write: () => Promise<T>): Promise<T> {
    return pRetry(write, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 2000,
      signal: this.#abort.signal,
      shouldRetry: ({ error }) => isTransient(error),
    })
  }

  /** Nobody waits for this work; `stops` are what it is about. */
  #apart(work: Promise<unknown>, ...stops: readonly { readonly id: string }[]): void {
    work.catch((error) => {
      if (this.#abort.signal.aborted) return
      this.#parts.log.error(
        { err: error, stop: stops[0]?.id, stops: stops.length },
        'stops could not be followed',
      )
    })
  }
}

/** The result backend's word where it is final: a REVOKED is not (Celery 5.6 writes it on hearing a revoke). */
function outcomeOfMeta(meta: TaskMeta | undefined): Outcome | undefined {
  if (meta === undefined || !isFinished(meta.status) || meta.status === 'REVOKED') return undefined
  const how = meta.status === 'SUCCESS' ? 'succeeded' : 'failed'
  return {
    status: 'finished',
    evidence: {
      check: `the result backend holds ${meta.status}`,
      worker: meta.worker,
      at: (meta.dateDone ?? new Date()).toISOString(),
    },
    explanation: `The task ${how}, as the result backend says; no event told of it.`,
  }
}
