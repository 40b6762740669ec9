import { randomUUID } from 'node:crypto'
import type { Broker } from '../celery/broker.js'
import { type ActReply, revoke, stats } from '../celery/control.js'
import { BrokerUnreachable } from '../celery/errors.js'
import { untilAnswered } from '../fleet/until-answered.js'
import type { Workers } from '../fleet/workers.js'
import { isRunning, type JobState } from '../tasks/job.js'
import type { Log } from '../tasks/log.js'
import type { TaskRecord } from '../tasks/record.js'
import { stoppedRegister } from '../tasks/record-of-event.js'
import type { AppliedTask, TaskStore } from '../tasks/store.js'
import { CannotTerminate } from './errors.js'
import { checkStoppable, type TaskFacts } from './facts.js'
import { judge, type Stop, type StopMode, type StopReply } from './stop.js'
import type { StopStore } from './store.js'

export interface StopOrder {
  readonly mode: StopMode
  readonly by: string
  readonly reason: string | null
}

/** How a stop stands when its caller is answered. */
export interface StopAnswer {
  readonly stop: Stop
  readonly message: string
}

export interface StopParts {
  readonly broker: Broker
  readonly tasks: TaskStore
  readonly stops: StopStore
  readonly workers: Workers
  readonly factsOf: (taskId: string) => Promise<TaskFacts>
  readonly log: Log
}

/** How long a caller waits for replies and for the confirmation, in milliseconds. */
const replyWaitMs = 1000
const confirmWaitMs = 2000
/** Open stops kept in memory and sent again; workers hold 50,000 revokes at most, so stay far below. */
const mostOpen = 10_000
/** Ids in one broadcast. */
const slice = 1000
const resendEveryMs = 60_000
const armedForMs = 7 * 24 * 3_600_000

/**
 * Stops tasks and follows each stop until its outcome is known (stop.ts has the states).
 *
 * Open stops are kept in memory, judged by every change that ingest commits, and sent again to workers that come
 * online, after reconnects, and at intervals.
 */
export class StopEngine {
  readonly #parts: StopParts
  readonly #open = new Map<string, Stop[]>()
  /** By stop: what wakes the caller who waits for its outcome. */
  readonly #waiters = new Map<string, () => void>()
  #timer: NodeJS.Timeout | undefined
  #upkeep: Promise<void> = Promise.resolve()

  constructor(parts: StopParts) {
    this.#parts = parts
  }

  /** Loads what is open and starts sending it again at intervals. */
  async start(): Promise<void> {
    for (const stop of await this.#parts.stops.open(mostOpen)) this.#remember(stop)
    this.#timer = setInterval(() => {
      this.#upkeep = this.#expire().then(() => this.resend())
    }, resendEveryMs)
  }

  /** What no worker may start. */
  get openTaskIds(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** Resolves once nothing is being sent any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#upkeep
  }

  /**
   * Stops one task. Resolves once the workers were told and, within two seconds, the outcome is known or not.
   * Rejects with TaskFinished or CannotTerminate (nothing was sent), or BrokerUnreachable (the stop is kept as failed).
   */
  async request(taskId: string, order: StopOrder): Promise<StopAnswer> {
    const facts = await this.#parts.factsOf(taskId)
    checkStoppable(taskId, facts, this.#isArmed(taskId))
    const running = facts.job !== undefined && isRunning(facts.job.state)
    if (running && order.mode === 'hard') await this.#checkPool(taskId, facts.job?.worker ?? null)

    const created = await this.#parts.stops.create({
      id: randomUUID(),
      taskId,
      mode: order.mode,
      requestedBy: order.by,
      reason: order.reason,
      known: facts.known,
    })
    // Remembered before it is sent: the confirmation can be faster than the replies.
    this.#remember(created)
    const ended = this.#untilEnded(created.id)
    try {
      const replies = await this.#send(created)
      await this.#mark(created, facts, order)
      const stop = await this.#settle(created, running, replies)
      if (running && order.mode === 'hard') await Promise.race([ended, pause(confirmWaitMs)])
      const last = (await this.#parts.stops.find(stop.id)) ?? stop
      return { stop: last, message: messageFor(last) }
    } catch (error) {
      if (error instanceof BrokerUnreachable) await this.#fail(created, error)
      throw error
    }
  }

  /** What ingest committed. Must not throw, so the work is done apart. */
  onApplied(tasks: readonly AppliedTask[]): void {
    if (this.#open.size === 0) return
    for (const task of tasks) {
      for (const stop of this.#open.get(task.job.taskId) ?? []) {
        this.#judge(stop, task).catch((error) =>
          this.#parts.log.error({ err: error, stop: stop.id }, 'a stop could not be followed'),
        )
      }
    }
  }

  /** Sends every open stop again, to all workers or to one that has just come online. */
  async resend(worker?: string): Promise<void> {
    const open = [...this.#open.values()].flat()
    for (const mode of ['soft', 'hard'] as const) {
      const stops = open.filter((stop) => stop.mode === mode).slice(-mostOpen)
      for (let at = 0; at < stops.length; at += slice) {
        const part = stops.slice(at, at + slice)
        try {
          if (worker === undefined) await this.#broadcast(part, mode)
          else await untilAnswered((timeoutMs) => this.#broadcast(part, mode, { worker, timeoutMs }))
        } catch (error) {
          this.#parts.log.warn({ err: error }, 'open stops could not be sent again; tried later')
          return
        }
      }
    }
  }

  /** Gives up stops of tasks that were not heard of for so long that their message must be gone. */
  async #expire(): Promise<void> {
    const oldest = Date.now() - armedForMs
    for (const stop of [...this.#open.values()].flat()) {
      if (stop.requestedAt.getTime() >= oldest) continue
      this.#forget(stop)
      const explanation = 'Nothing was heard of the task for a week; the stop is no longer sent.'
      await this.#parts.stops
        .change(stop.id, { status: 'expired', explanation, ended: true })
        .catch((error) =>
          this.#parts.log.warn({ err: error, stop: stop.id }, 'an old stop could not be ended'),
        )
    }
  }

  #isArmed(taskId: string): boolean {
    return this.#open.has(taskId)
  }

  async #checkPool(taskId: string, worker: string | null): Promise<void> {
    if (worker === null) return
    const known = this.#parts.workers.get(worker)
    if (known?.pool == null) {
      const found = await stats(this.#parts.broker, { destination: [worker], timeoutMs: replyWaitMs })
      for (const each of found) this.#parts.workers.onStats(each)
    }
    const pool = this.#parts.workers.get(worker)
    if (pool?.canTerminate === false) throw new CannotTerminate(taskId, worker, pool.pool ?? 'own')
  }

  async #send(stop: Stop): Promise<StopReply[]> {
    const replies = await this.#broadcast([stop], stop.mode)
    await this.#parts.stops.addReplies(stop.id, replies)
    return replies
  }

  async #broadcast(
    stops: readonly Stop[],
    mode: StopMode,
    { worker, timeoutMs = replyWaitMs }: { worker?: string; timeoutMs?: number } = {},
  ): Promise<StopReply[]> {
    const expected = worker === undefined ? this.#parts.workers.online().length : 1
    const replies = await revoke(
      this.#parts.broker,
      stops.map(({ taskId }) => taskId),
      {
        terminate: mode === 'hard',
        timeoutMs,
        ...(worker !== undefined && { destination: [worker] }),
        ...(expected > 0 && { expected }),
      },
    )
    const sentAt = new Date()
    await this.#parts.stops.sent(
      stops.map(({ id }) => id),
      sentAt,
    )
    // What the task does from now on is judged by this sending; one that has ended meanwhile stays ended.
    for (const stop of stops) if (this.#isOpen(stop)) this.#remember({ ...stop, sentAt })
    return replies.map(toStopReply)
  }

  /** Puts the stop on the task's own record; a task that no worker has started becomes REVOKED. */
  async #mark(stop: Stop, { job, known }: TaskFacts, order: StopOrder): Promise<void> {
    if (!known || job === undefined) return
    await this.#parts.tasks.apply([markOf(stop, order, job.state)])
  }

  async #settle(stop: Stop, running: boolean, replies: readonly StopReply[]): Promise<Stop> {
    const status = running && stop.mode === 'hard' ? 'sent' : 'armed'
    const changed = await this.#parts.stops.change(stop.id, {
      status,
      explanation: explain(stop, running, replies.length),
    })
    if (changed === undefined) return stop
    this.#remember(changed)
    return changed
  }

  async #fail(stop: Stop, error: Error): Promise<void> {
    this.#forget(stop)
    await this.#parts.stops.change(stop.id, {
      status: 'failed',
      explanation: `Not sent: ${error.message}`,
      ended: true,
    })
  }

  async #judge(stop: Stop, task: AppliedTask): Promise<void> {
    const verdict = judge(stop, task)
    if (verdict.kind === 'open') return
    if (verdict.kind === 'again') {
      this.#parts.log.warn(
        { stop: stop.id, taskId: stop.taskId },
        'a stopped task came back; stopping it again',
      )
      await this.#parts.stops.addReplies(stop.id, await this.#broadcast([stop], stop.mode))
      return
    }
    this.#forget(stop)
    await this.#parts.stops.change(stop.id, { ...verdict.outcome, ended: true })
    // A task nobody had heard of when it was stopped: now its row can say who did.
    if (task.record.stop === undefined) {
      const order = { mode: stop.mode, by: stop.requestedBy, reason: stop.reason }
      await this.#parts.tasks.apply([markOf(stop, order, task.job.state)])
    }
    this.#waiters.get(stop.id)?.()
  }

  #untilEnded(id: string): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiters.delete(id)
        resolve()
      }
      this.#waiters.set(id, wake)
      setTimeout(wake, replyWaitMs + confirmWaitMs).unref()
    })
  }

  #isOpen(stop: Stop): boolean {
    return this.#open.get(stop.taskId)?.some(({ id }) => id === stop.id) === true
  }

  #remember(stop: Stop): void {
    const others = (this.#open.get(stop.taskId) ?? []).filter(({ id }) => id !== stop.id)
    this.#open.set(stop.taskId, [...others, stop])
  }

  #forget(stop: Stop): void {
    const others = (this.#open.get(stop.taskId) ?? []).filter(({ id }) => id !== stop.id)
    if (others.length > 0) this.#open.set(stop.taskId, others)
    else this.#open.delete(stop.taskId)
  }
}

/** What a stop tells about its task, as a record to merge: who and why, and REVOKED where nothing runs. */
function markOf(stop: Stop, order: StopOrder, state: JobState): TaskRecord {
  const at = stop.requestedAt.getTime() / 1000
  const reason = order.reason === null ? {} : { reason: order.reason }
  const note = `${order.mode} stop by ${order.by}${order.reason === null ? '' : `: ${order.reason}`}`
  return {
    taskId: stop.taskId,
    firstSeenAt: at,
    stop: { at, mode: order.mode, by: order.by, ...reason },
    timeline: { [`stop-requested|${stop.id}`]: { type: 'stop-requested', at, note } },
    ...(isRunning(state) ? {} : { state: stoppedRegister(at) }),
  }
}

function explain(stop: Stop, running: boolean, answered: number): string {
  if (answered === 0) {
    return 'No worker answered. The stop is armed: it is sent to every worker that comes online.'
  }
  const told = answered === 1 ? '1 worker was told' : `${answered} workers were told`
  if (running && stop.mode === 'hard')
    return `Termination was asked for (${told}); no confirmation has come yet.`
  if (running) return `It runs and may finish; it will not be retried or run again (${told}).`
  if (!stop.known) return `Nobody has seen this task yet; should it turn up, it is dropped (${told}).`
  return `It has not started; it is dropped when a worker takes it (${told}).`
}

function messageFor(stop: Stop): string {
  switch (stop.status) {
    case 'stopped':
      return `The task was stopped. ${stop.explanation}`
    case 'finished':
      return `Too late: ${stop.explanation}`
    default:
      return stop.explanation
  }
}

function toStopReply(reply: ActReply): StopReply {
  return { ...reply, at: reply.at.toISOString() }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
