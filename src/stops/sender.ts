import type { Broker } from '../celery/broker.js'
import { ping, revoke, revokedIds } from '../celery/control.js'
import type { ResultBackend } from '../celery/results/backend.js'
import { untilAnswered } from '../fleet/until-answered.js'
import type { Workers } from '../fleet/workers.js'
import type { OpenStops } from './open-stops.js'
import { type Sending, type SendingReason, type Stop, type StopReply, wordsOf } from './stop.js'
import type { StopStore } from './store.js'

export interface SendOptions {
  readonly why: SendingReason
  /** One worker; all where absent. */
  readonly worker?: string
  readonly timeoutMs?: number
}

/** Milliseconds that replies are waited for. */
const replyWaitMs = 1000
/** Ids in one broadcast. Celery 5.6 writes each to the result backend before it answers, some thousand a second. */
const slice = 500
/** So many are a burden to a worker: it does little else for some time. */
const many = 500
/** Milliseconds for the answer of a worker that reads what it was sent before. */
const knownWaitMs = 5000

/** Broadcasts revokes for stops and writes down that and what was answered. */
export class Sender {
  readonly #broker: Broker
  readonly #backend: ResultBackend
  readonly #store: StopStore
  readonly #workers: Workers
  readonly #open: OpenStops

  constructor(broker: Broker, backend: ResultBackend, store: StopStore, workers: Workers, open: OpenStops) {
    this.#broker = broker
    this.#backend = backend
    this.#store = store
    this.#workers = workers
    this.#open = open
  }

  /** Sends them, those that go by the same words together. Rejects with BrokerUnreachable; earlier slices were sent. */
  async send(stops: readonly Stop[], options: SendOptions): Promise<StopReply[]> {
    const replies: StopReply[] = []
    for (const part of alike(stops)) {
      for (let at = 0; at < part.length; at += slice) {
        replies.push(...(await this.#broadcast(part.slice(at, at + slice), options)))
      }
    }
    return replies
  }

  /**
   * To one worker that was just met: where they are many, without those that it knows. What it hears twice counts as new
   * to it, and then it forgets others before what has long ended. Answers whether it was told all.
   */
  async meet(worker: string, stops: readonly Stop[]): Promise<boolean> {
    const options = { why: 'worker greeted', worker } as const
    const ask = { destination: [worker], expected: 1 }
    // Its mailbox may not be bound yet.
    const hears = await untilAnswered((timeoutMs) => ping(this.#broker, { ...ask, timeoutMs }))
    if (stops.length < many) {
      await this.send(stops, hears.length > 0 ? options : { ...options, timeoutMs: 0 })
      return true
    }
    const [known] = await revokedIds(this.#broker, { ...ask, timeoutMs: knownWaitMs })
    if (known === undefined) return false
    await this.send(
      stops.filter((stop) => wordsOf(stop).terminate || !known.ids.has(stop.taskId)),
      options,
    )
    return true
  }

  async #broadcast(stops: readonly Stop[], { why, worker, timeoutMs }: SendOptions): Promise<StopReply[]> {
    const [first] = stops
    if (first === undefined) return []
    const { terminate, signal } = wordsOf(first)
    const expected = worker === undefined ? this.#workers.online().length : 1
    const at = new Date()
    const sending: Sending = { at: at.toISOString(), why, worker: worker ?? null, signal }
    const answers = await revoke(
      this.#broker,
      stops.map(({ taskId }) => taskId),
      {
        terminate,
        signalName: signal,
        timeoutMs: timeoutMs ?? replyWaitMs,
        ...(worker !== undefined && { destination: [worker] }),
        ...(expected > 0 && { expected }),
      },
    )
    // After the revoke, each time: on hearing one Celery 5.6 stores REVOKED, and the flag is gone.
    await this.#abort(stops.filter(({ cooperative }) => cooperative))
    const replies = answers.map((answer) => ({ ...answer, at: answer.at.toISOString() }))
    await this.note(stops, sending, replies)
    return replies
  }

  /** Writes down that these were sent and what was answered; also for stops that went along with another's broadcast. */
  async note(stops: readonly Stop[], sending: Sending, replies: readonly StopReply[]): Promise<void> {
    const ids = stops.map(({ id }) => id)
    const sentAt = new Date()
    await this.#store.sent(ids, sentAt, sending, replies)
    // One worker that was told says nothing of the others, who forget it after three hours.
    if (sending.worker !== null) return
    // What the task does from now on is judged by this sending; one that has ended meanwhile stays ended.
    for (const stop of stops) {
      const now = this.#open.get(stop)
      if (now !== undefined) this.#open.set({ ...now, sentAt, sentCount: now.sentCount + 1 })
    }
  }

  async #abort(stops: readonly Stop[]): Promise<void> {
    await Promise.all(stops.map(({ taskId }) => this.#backend.abort(taskId)))
  }
}

function alike(stops: readonly Stop[]): Stop[][] {
  const parts = new Map<string, Stop[]>()
  for (const stop of stops) {
    const { terminate, signal } = wordsOf(stop)
    const key = `${terminate} ${signal}`
    const part = parts.get(key)
    if (part === undefined) parts.set(key, [stop])
    else part.push(stop)
  }
  return [...parts.values()]
}

/**
 * Sent again after one minute, then two, four, and so on to an hour: workers keep a revoke for three. Where many are open,
 * once an hour from the start: what is told again counts as new, and a worker that can't remember more forgets what it
 * was told only once before what has long ended.
 */
export function isDue({ sentAt, sentCount }: Stop, open: number, now = Date.now()): boolean {
  const minutes = open < many ? Math.min(2 ** Math.max(0, sentCount - 1), longest) : longest
  return sentAt === null || now - sentAt.getTime() >= minutes * 60_000
}

const longest = 60
