import type { ResultBackend } from '../celery/results/backend.js'
import { rootOf } from '../tasks/derive.js'
import { isFinished } from '../tasks/job.js'
import type { Log } from '../tasks/log.js'
import type { AppliedTask, TaskStore } from '../tasks/store.js'
import type { BatchStore, DryRun, Expected, StopBatch, WatchedRoot } from './batches.js'
import { alternatives, NoSuchBatch } from './errors.js'
import { checkCooperative, finishedState, noFacts, type TaskFacts, whereRuns } from './facts.js'
import type { Follower } from './follower.js'
import type { Locator } from './locator.js'
import { markOf } from './marks.js'
import type { OpenStops } from './open-stops.js'
import { afterSending } from './outcome.js'
import type { Selection } from './selection.js'
import type { Sender } from './sender.js'
import type { Stop, StopOrder, Target } from './stop.js'
import type { StopChange, StopStore } from './store.js'
import { takeBack } from './take-back.js'

export interface BatchRunnerParts {
  readonly backend: ResultBackend
  readonly tasks: TaskStore
  readonly stops: StopStore
  readonly batches: BatchStore
  readonly open: OpenStops
  readonly sender: Sender
  readonly locator: Locator
  readonly follower: Follower
  readonly factsOf: (taskIds: readonly string[]) => Promise<ReadonlyMap<string, TaskFacts>>
  readonly log: Log
  readonly mostOpen: number
  /** Whether stops of batches are sent here. */
  readonly leads: () => boolean
  /** Tells whoever leads that a batch came, changed or may go on. */
  readonly tellBatches: (ids: readonly string[]) => void
}

/** Stops read at a time, and sent at a time. */
const readSize = 10_000
const sendSize = 1000
/** Room for fewer is not worth a broadcast. */
const leastRoom = 200
/**
 * Broadcasts under way at a time. A worker drops some thousand tasks a second, and what it has not heard of yet it runs:
 * so the next broadcast doesn't wait until all about the last is written down.
 */
const mostSending = 4
const retryMs = 5000

/**
 * Sends the stops of batches, as many as workers can remember at a time, the rest when those have ended.
 *
 * All that is to be done stands in the database from the start, so a crash loses nothing: what still is `requested` is
 * sent by the next start. Of several Crispers the one that leads sends; the others write down and tell it.
 */
export class BatchRunner {
  readonly #parts: BatchRunnerParts
  #roots = new Map<string, WatchedRoot>()
  /** Read, and not sent yet. */
  #next: Stop[] = []
  /** Nothing waited when it was looked at last. */
  #noneWaits = false
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #retry: NodeJS.Timeout | undefined

  constructor(parts: BatchRunnerParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    await this.#watchRoots()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#retry)
    await this.#running
  }

  /** Writes a batch down and begins to send it. Rejects with UnexpectedCount. */
  async create(order: StopOrder, selection: Selection, expected?: Expected): Promise<StopBatch> {
    checkCooperative(order, this.#parts.backend)
    const id = await this.#parts.batches.create(order, selection, expected)
    if ('filter' in selection && selection.filter.rootId !== undefined) await this.#watchRoots()
    this.#parts.tellBatches([id])
    this.wake()
    return await this.find(id)
  }

  /** What it would stop, and how much of that runs where nothing can be terminated. */
  async dryRun(order: StopOrder, selection: Selection): Promise<DryRun & { cannotTerminate: number }> {
    const counted = await this.#parts.batches.dryRun(order, selection)
    const stuck = Object.entries(counted.runningOn).filter(
      ([worker]) => this.#parts.locator.canTerminate(worker) === false,
    )
    return { ...counted, cannotTerminate: stuck.reduce((sum, [, n]) => sum + n, 0) }
  }

  /** Rejects with NoSuchBatch. */
  async find(id: string): Promise<StopBatch> {
    const batch = await this.#parts.batches.find(id)
    if (batch === undefined) throw new NoSuchBatch(id)
    return batch
  }

  list(limit: number, by?: string): Promise<StopBatch[]> {
    return this.#parts.batches.list(limit, by)
  }

  /** Takes back what has not taken effect. Rejects with NoSuchBatch. */
  async cancel(id: string, by: string): Promise<StopBatch> {
    const { rootId } = await this.find(id)
    if (rootId !== null) this.#roots.delete(rootId)
    const explanation =
      `Taken back with its batch by ${by}; it is not sent any more. Workers that were told remember the revoke until ` +
      'they restart, three hours at most.'
    for (;;) {
      const cancelled = await this.#parts.batches.cancel(id, explanation, sendSize)
      if (cancelled.length === 0) break
      await takeBack(this.#parts, cancelled, by)
    }
    this.#parts.tellBatches([id])
    return await this.find(id)
  }

  /** Another Crisper has changed batches, or may have. */
  async onElsewhere(): Promise<void> {
    await this.#watchRoots()
    this.wake()
  }

  /** There may be something to send. */
  wake(): void {
    this.#noneWaits = false
    this.onRoom()
  }

  /** There may be room for what waits. */
  onRoom(): void {
    if (this.#stopped || this.#noneWaits || !this.#parts.leads()) return
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#again) {
        this.#again = false
        this.onRoom()
      }
    })
  }

  /**
   * Some may have ended, which makes room; and tasks of a workflow that is being stopped may have been published since: a
   * running task may still start the next.
   */
  onApplied(tasks: readonly AppliedTask[]): void {
    this.onRoom()
    if (this.#roots.size === 0) return
    const found = new Map<string, string[]>()
    for (const { record, job } of tasks) {
      const root = this.#roots.get(rootOf(record) ?? '')
      if (root === undefined || root.until.getTime() < Date.now()) continue
      if (isFinished(job.state) || this.#parts.open.of(job.taskId).length > 0) continue
      found.set(root.batchId, [...(found.get(root.batchId) ?? []), job.taskId])
    }
    for (const [batchId, taskIds] of found) {
      this.#parts.batches
        .join(batchId, taskIds)
        .then(() => {
          this.#parts.tellBatches([batchId])
          this.wake()
        })
        .catch((error) =>
          this.#parts.log.error({ err: error, batch: batchId }, 'a task could not join its batch'),
        )
    }
  }

  async #watchRoots(): Promise<void> {
    const watched = await this.#parts.batches.watchedRoots()
    this.#roots = new Map(watched.map((root) => [root.rootId, root]))
  }

  async #run(): Promise<void> {
    const sending = new Set<Promise<void>>()
    const failures: unknown[] = []
    try {
      while (failures.length === 0) {
        const next = await this.#takeNext()
        if (next.length === 0) break
        // It may fail while the next are being read, when nobody waits for it.
        const sent = this.#send(next)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => sending.delete(sent))
        sending.add(sent)
        if (sending.size >= mostSending) await Promise.race(sending)
      }
    } catch (error) {
      failures.push(error)
    }
    await Promise.all(sending)
    const [error] = failures
    if (error !== undefined) {
      this.#next = []
      this.#parts.log.warn({ err: error }, 'a stop batch waits; tried again in some seconds')
      this.#retry = setTimeout(() => this.wake(), retryMs)
    }
  }

  /** The next to send; none where none waits or workers can't remember more. */
  async #takeNext(): Promise<Stop[]> {
    const room = this.#parts.mostOpen - this.#parts.open.size
    if (room < leastRoom || this.#stopped || !this.#parts.leads()) return []
    if (this.#next.length === 0) {
      // Those under way still stand there as waiting.
      const read = await this.#parts.stops.nextWaiting(readSize + mostSending * sendSize)
      this.#next = read.filter((stop) => this.#parts.open.get(stop) === undefined)
      this.#noneWaits = read.length === 0
    }
    const next = this.#next.splice(0, Math.min(room, sendSize))
    // Taken, so that another reading doesn't take them again.
    for (const stop of next) this.#parts.open.set(stop)
    return next
  }

  async #send(taken: readonly Stop[]): Promise<void> {
    const kept = new Set<string>()
    try {
      const { stops, facts } = await this.#toTell(taken)
      for (const { id } of stops) kept.add(id)
      await this.#tell(stops, facts)
    } catch (error) {
      // Still `requested` in the database: they are sent by the next attempt.
      kept.clear()
      throw error
    } finally {
      for (const stop of taken) if (!kept.has(stop.id)) this.#parts.open.delete(stop)
    }
  }

  /** Those that still wait and are worth sending, with where they run; what is said of the others is written down. */
  async #toTell(read: readonly Stop[]) {
    const waiting = await this.#parts.batches.stillWaiting(read.map(({ id }) => id))
    const stops = read.filter(({ id }) => waiting.has(id))
    const facts = await this.#parts.factsOf(stops.map(({ taskId }) => taskId))
    const targets = await this.#targetsOf(stops, facts)
    const refused = stops.flatMap((stop) => refusal(stop, facts, targets, this.#parts.locator))
    await this.#parts.stops.change(refused)
    const left = new Set(refused.map(({ id }) => id))
    const told = stops
      .filter(({ id }) => !left.has(id))
      .map((stop) => ({ ...stop, target: targets.get(stop.taskId) ?? null }))
    return { stops: told, facts }
  }

  async #tell(stops: readonly Stop[], facts: ReadonlyMap<string, TaskFacts>): Promise<void> {
    const { open, sender, tasks, follower } = this.#parts
    const runsNow = (stop: Stop) => whereRuns(facts.get(stop.taskId) ?? noFacts).runs
    // With where they run; those that ended meanwhile are told for nothing.
    for (const stop of stops) open.update(stop)
    await this.#parts.stops.setTargets(stops.filter(({ target }) => target !== null))
    const replies = await sender.send(stops, { why: 'request' })
    await tasks.apply(
      stops
        .filter((stop) => facts.get(stop.taskId)?.job !== undefined)
        .map((stop) => markOf(stop, runsNow(stop))),
    )
    const changed = await this.#parts.stops.change(
      stops.map((stop) => afterSending(stop, runsNow(stop), replies)),
    )
    for (const stop of changed) if (open.update(stop)) follower.follow(stop)
  }

  async #targetsOf(
    stops: readonly Stop[],
    facts: ReadonlyMap<string, TaskFacts>,
  ): Promise<Map<string, Target>> {
    const runningOn = new Map(
      stops.flatMap(({ mode, taskId }) => {
        const worker = whereRuns(facts.get(taskId) ?? noFacts).worker
        return mode === 'hard' && worker !== null ? [[taskId, worker] as const] : []
      }),
    )
    return runningOn.size === 0 ? new Map() : await this.#parts.locator.findMany(runningOn)
  }
}

/** Stops that there is no point in sending. */
function refusal(
  stop: Stop,
  facts: ReadonlyMap<string, TaskFacts>,
  targets: ReadonlyMap<string, Target>,
  locator: Locator,
): StopChange[] {
  const state = finishedState(facts.get(stop.taskId) ?? noFacts, false)
  if (state !== undefined) {
    const evidence = { check: `it already was ${state}`, worker: null, at: new Date().toISOString() }
    const explanation = `The task was ${state} before its turn came.`
    return [{ id: stop.id, status: 'finished', evidence, explanation }]
  }
  const target = targets.get(stop.taskId)
  if (target !== undefined && locator.canTerminate(target.worker) === false) {
    const explanation = `It runs on ${target.worker}, whose ${target.pool} pool can't terminate a running task. ${alternatives}`
    return [{ id: stop.id, status: 'failed', explanation }]
  }
  return []
}
