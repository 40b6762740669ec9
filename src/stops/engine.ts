import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../celery/broker.js'
import type { ResultBackend } from '../celery/results/backend.js'
import { isTransient } from '../db/connect.js'
import type { Workers } from '../fleet/workers.js'
import type { Log } from '../tasks/log.js'
import type { AppliedTask, TaskStore } from '../tasks/store.js'
import { BatchRunner } from './batch-runner.js'
import type { BatchStore } from './batches.js'
import { Elsewhere } from './elsewhere.js'
import { CannotTerminate, NoSuchStop, NotCancellable } from './errors.js'
import { explainCancelled, messageFor } from './explain.js'
import { checkCooperative, checkStoppable, isKnown, noFacts, type TaskFacts, whereRuns } from './facts.js'
import { FirstSending } from './first-sending.js'
import { Follower } from './follower.js'
import { Locator } from './locator.js'
import { OpenStops } from './open-stops.js'
import { type Preview, previewOf } from './preview.js'
import { Sender } from './sender.js'
import { isOpen, type Stop, type StopOrder, type Target, wordsOf } from './stop.js'
import type { StopStore } from './store.js'
import { takeBack } from './take-back.js'
import { Upkeep } from './upkeep.js'

/** How a stop stands when its caller is answered. */
export interface StopAnswer {
  readonly stop: Stop
  readonly message: string
}

export interface StopParts {
  readonly broker: Broker
  readonly backend: ResultBackend
  readonly tasks: TaskStore
  readonly stops: StopStore
  readonly batches: BatchStore
  readonly workers: Workers
  readonly factsOf: (taskIds: readonly string[]) => Promise<ReadonlyMap<string, TaskFacts>>
  readonly log: Log
  /** Whether what follows on a request is done here. */
  readonly leads: () => boolean
  /** Tells whoever leads to look at these stops. */
  readonly handOver: (ids: readonly string[]) => void
  /** Tells whoever leads that a batch came, changed or may go on. */
  readonly tellBatches: (ids: readonly string[]) => void
}

/** Milliseconds that the caller of a hard stop waits for its confirmation. */
const confirmWaitMs = 2000
/**
 * Open stops that workers are told about at a time. They remember 50,000 ids (`CELERY_WORKER_REVOKES_MAX`) and forget
 * the oldest first; what is between leaves room for ids that come in another order than their tasks.
 */
const mostOpen = 35_000
const mostAtHello = 5000

/**
 * Stops tasks and follows each stop until its outcome is known (stop.ts has the states).
 *
 * Open stops are kept in memory, judged by every change that ingest commits, and sent again to workers that come online,
 * after reconnects, and at growing intervals. Beside it: the sender talks to workers, the follower confirms and escalates,
 * the batch runner feeds what was asked for in bulk, the upkeep sends again.
 *
 * Of several Crispers on one database each sends what it is asked for and keeps all open stops in memory (elsewhere.ts);
 * what follows is done by the one that leads. Who else has changed a stop meanwhile is told by the database: each change
 * of state names those it may come from.
 */
export class StopEngine {
  readonly #parts: StopParts
  readonly #open = new OpenStops()
  readonly #sender: Sender
  readonly #locator: Locator
  readonly #follower: Follower
  readonly #batches: BatchRunner
  readonly #firstSending: FirstSending
  readonly #elsewhere: Elsewhere
  /** While we lead. */
  readonly upkeep: Upkeep
  /** By stop: what wakes the caller who waits for its outcome. */
  readonly #waiters = new Map<string, () => void>()

  constructor(parts: StopParts) {
    this.#parts = parts
    const { broker, backend, stops, workers } = parts
    this.#sender = new Sender(broker, backend, stops, workers, this.#open)
    this.#locator = new Locator(broker, workers)
    this.#follower = new Follower({
      ...parts,
      open: this.#open,
      sender: this.#sender,
      onEnded: (ended) => this.#wake(ended),
      onOvertaken: (ids) => this.#elsewhere.onChanged(ids),
    })
    this.#firstSending = new FirstSending({
      ...parts,
      open: this.#open,
      sender: this.#sender,
      follower: this.#follower,
    })
    this.#batches = new BatchRunner({
      ...parts,
      open: this.#open,
      sender: this.#sender,
      locator: this.#locator,
      follower: this.#follower,
      mostOpen,
    })
    this.#elsewhere = new Elsewhere({
      ...parts,
      open: this.#open,
      follower: this.#follower,
      mostOpen,
      onEnded: (ended) => this.#wake(ended),
    })
    this.upkeep = new Upkeep({
      open: this.#open,
      sender: this.#sender,
      follower: this.#follower,
      batches: this.#batches,
      elsewhere: this.#elsewhere,
      sendFirst: (stop) => this.#sendForsaken(stop),
      log: parts.log,
    })
  }

  /**
   * What no worker may start, for one that says hello. Those told so it never forgets, which leaves the less room for
   * others: so only the first, which are in danger first.
   */
  get openTaskIds(): readonly string[] {
    return this.#open.taskIds.slice(0, mostAtHello)
  }

  get batches(): BatchRunner {
    return this.#batches
  }

  /** Loads what is open. */
  async start(): Promise<void> {
    await this.#elsewhere.readAll()
    await this.#batches.start()
  }

  /** Resolves once nothing is being sent any more. */
  async stop(): Promise<void> {
    await this.#elsewhere.stop()
    this.#follower.stop()
    await this.#batches.stop()
  }

  /**
   * Stops one task. Resolves once the workers were told and, within two seconds, the outcome is known or not.
   * Rejects with TaskFinished or CannotTerminate (nothing was sent), or BrokerUnreachable (the stop is kept as failed).
   */
  async request(taskId: string, order: StopOrder): Promise<StopAnswer> {
    const facts = await this.#factsOf(taskId)
    checkStoppable(taskId, facts, this.#open.of(taskId).length > 0)
    checkCooperative(order, this.#parts.backend)
    const target = await this.#targetOf(taskId, facts, order)

    const created = await this.#parts.stops.create({
      taskId,
      order,
      known: isKnown(facts),
      priorState: facts.job?.state ?? null,
      target,
    })
    // Remembered before it is sent: the confirmation can be faster than the replies.
    this.#open.set(created)
    const ended = this.#untilEnded(created.id)
    const running = target !== null || whereRuns(facts).runs
    try {
      await this.#firstSending.send(created, { known: facts.job !== undefined, running })
      if (running && wordsOf(created).terminate)
        await Promise.race([ended, pause(confirmWaitMs, undefined, { ref: false })])
    } catch (error) {
      if (!isTransient(error)) await this.#fail(created, error)
      throw error
    } finally {
      this.#waiters.delete(created.id)
    }
    const stop = (await this.#parts.stops.find(created.id)) ?? created
    return { stop, message: messageFor(stop) }
  }

  /** What a stop would do to this task now. */
  async preview(taskId: string): Promise<Preview> {
    const facts = await this.#factsOf(taskId)
    const runningOn = whereRuns(facts).worker
    const holders = await this.#locator.holders([taskId], runningOn)
    const held = holders.find(({ state }) => state === 'active') ?? holders[0]
    const worker = held?.worker ?? runningOn
    if (worker !== null) await this.#locator.learn(worker)
    const known = worker === null ? undefined : this.#parts.workers.get(worker)
    return previewOf({
      facts,
      held,
      pool: known?.pool ?? null,
      canTerminate: known?.canTerminate ?? null,
      workersOnline: this.#parts.workers.online().length,
      alreadyStopped: this.#open.of(taskId).length > 0,
      now: new Date(),
    })
  }

  /** Takes a stop back that has not taken effect. Rejects with NoSuchStop or NotCancellable. */
  async cancel(id: string, by: string): Promise<Stop> {
    const stop = await this.#parts.stops.find(id)
    if (stop === undefined) throw new NoSuchStop(id)
    const explanation = explainCancelled(stop, by)
    const [cancelled] = await this.#parts.stops.change([{ id, status: 'cancelled', explanation }])
    if (cancelled === undefined) {
      const now = (await this.#parts.stops.find(id)) ?? stop
      throw new NotCancellable(
        isOpen(now.status)
          ? 'A termination that was sent can not be taken back.'
          : `The stop has ended already: it is ${now.status}.`,
      )
    }
    await takeBack({ ...this.#parts, open: this.#open }, [stop], by)
    return cancelled
  }

  /** What ingest committed. Must not throw, so the work is done apart. */
  onApplied(tasks: readonly AppliedTask[]): void {
    this.#follower.onApplied(tasks)
    this.#batches.onApplied(tasks)
  }

  /** Sends every open stop again to all workers. */
  async resend(): Promise<void> {
    try {
      await this.#sender.send(this.#open.all(), { why: 'reconnected' })
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'open stops could not be sent again; tried later')
      return
    }
    this.#batches.wake()
  }

  /** Sends the open stops to a worker that was just met. Answers whether it was told all it does not know. */
  async meet(worker: string): Promise<boolean> {
    const stops = this.#open.all()
    if (stops.length === 0) return true
    try {
      return await this.#sender.meet(worker, stops)
    } catch (error) {
      this.#parts.log.warn({ err: error, worker }, 'a worker could not be told of open stops; tried later')
      return false
    }
  }

  /** Another Crisper wrote these. */
  onChangedElsewhere(ids: readonly string[]): void {
    this.#elsewhere.onChanged(ids)
  }

  /** Other Crispers wrote many, or something was missed. */
  onManyElsewhere(): void {
    this.#elsewhere.onMany()
  }

  /** Another Crisper has seen something that concerns these. undefined: something was missed, all may be meant. */
  onHandedOver(ids?: readonly string[]): void {
    if (!this.#parts.leads()) return
    const meant = new Set(ids)
    const stops = this.#open.all().filter(({ id }) => ids === undefined || meant.has(id))
    this.#apart(this.#follower.review(stops))
  }

  /** Another Crisper has changed batches, or may have. */
  onBatchesElsewhere(): void {
    this.#apart(this.#batches.onElsewhere())
  }

  async #factsOf(taskId: string): Promise<TaskFacts> {
    return (await this.#parts.factsOf([taskId])).get(taskId) ?? noFacts
  }

  /** Where it runs, for a stop that would terminate it. Throws CannotTerminate. */
  async #targetOf(taskId: string, facts: TaskFacts, order: StopOrder): Promise<Target | null> {
    if (order.mode === 'soft') return null
    // Somebody else is ending it just now: its worker has forgotten it already.
    const twin = this.#open.of(taskId).find((stop) => stop.target !== null)
    if (twin !== undefined) return twin.target
    const target = await this.#locator.find(taskId, whereRuns(facts))
    if (target !== null && this.#locator.canTerminate(target.worker) === false) {
      throw new CannotTerminate(taskId, target.worker, target.pool ?? 'own')
    }
    return target
  }

  /** Its Crisper has ended before it was sent, as far as can be told. */
  async #sendForsaken(stop: Stop): Promise<void> {
    const now = await this.#parts.stops.find(stop.id)
    if (now?.status !== 'requested') return
    const facts = await this.#factsOf(stop.taskId)
    const running = now.target !== null || whereRuns(facts).runs
    await this.#firstSending.send(now, { known: facts.job !== undefined, running })
  }

  /** A database that is away takes no note of it either: then the stop is sent when it is back. */
  async #fail(stop: Stop, error: unknown): Promise<void> {
    this.#open.delete(stop)
    const why = error instanceof Error ? error.message : String(error)
    await this.#parts.stops.change([{ id: stop.id, status: 'failed', explanation: `Not sent: ${why}` }])
  }

  /** Nobody waits for this work. */
  #apart(work: Promise<void>): void {
    work.catch((error) =>
      this.#parts.log.warn({ err: error }, 'what another Crisper told could not be followed'),
    )
  }

  #untilEnded(id: string): Promise<void> {
    return new Promise((resolve) => this.#waiters.set(id, resolve))
  }

  #wake(ended: readonly Stop[]): void {
    for (const { id } of ended) this.#waiters.get(id)?.()
    this.#batches.onRoom()
  }
}
