import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Broker, QueueLength } from '../celery/broker.js'
import {
  type Ask,
  activeQueues,
  type ConsumedQueue,
  conf,
  held,
  registered,
  type ScheduledTask,
  type Settings,
  scheduled,
  stats,
  type WorkerStats,
  type WorkerTask,
} from '../celery/control.js'
import { maskSettings } from '../celery/mask-settings.js'
import type { Workers } from './workers.js'

/** What a worker told, each part with its time; null is what it has not told yet. */
export interface WorkerReport {
  /** When it was last asked; null where it was not, being gone. */
  readonly askedAt: Date | null
  /** Whether it has answered since. */
  readonly answered: boolean
  /** Why it could not be asked. */
  readonly error: string | null
  readonly parts: { readonly [P in keyof Parts]: Told<Parts[P]> | null }
}

export interface Told<T> {
  readonly value: T
  readonly at: Date
}

interface Parts {
  stats: WorkerStats
  active: readonly WorkerTask[]
  reserved: readonly WorkerTask[]
  scheduled: readonly ScheduledTask[]
  queues: readonly ConsumedQueue[]
  lengths: readonly QueueLength[]
  registered: readonly string[]
  /** Secrets are masked. */
  settings: Settings
}

interface Inquiry {
  askedAt: Date
  /** When it may be asked anew, epoch ms. */
  dueAt: number
  answered: boolean
  error: string | null
  parts: { [P in keyof Parts]: Told<Parts[P]> | null }
  /** While it is under way. */
  round: Promise<void> | undefined
}

/** Milliseconds that whoever looks waits at most. What comes later is there for the next look. */
const lookMs = 700
/** Milliseconds for a worker's answer. */
const answerMs = 5_000
/** Milliseconds until a worker is asked again; one that did not answer keeps what it is asked, and must not be swamped. */
const freshMs = 2_000
const unansweredMs = 15_000
const mostWorkers = 200
/** Queues whose length is told. */
const mostQueues = 50

/** Asks one worker for all that it can tell, when somebody looks at it. */
export class WorkerInquiry {
  readonly #broker: Broker
  readonly #workers: Workers
  readonly #inquiries = new LRUCache<string, Inquiry>({ max: mostWorkers })

  constructor(broker: Broker, workers: Workers) {
    this.#broker = broker
    this.#workers = workers
  }

  /** Within a second, whatever the worker does. */
  async look(name: string): Promise<WorkerReport> {
    const worker = this.#workers.get(name)
    const status = worker && this.#workers.statusOf(worker).status
    const known = this.#inquiries.get(name)
    if (status === 'stopped' || status === 'offline') {
      return { askedAt: known?.askedAt ?? null, answered: false, error: null, parts: known?.parts ?? none() }
    }
    const inquiry = known !== undefined && !isDue(known) ? known : this.#ask(name, known)
    const left = lookMs - (Date.now() - inquiry.askedAt.getTime())
    if (inquiry.round !== undefined && left > 0) await Promise.race([inquiry.round, pause(left)])
    const { askedAt, answered, error, parts } = inquiry
    return { askedAt, answered, error, parts: { ...parts } }
  }

  /** What is known may not be true any more: the next look asks anew. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      const known = this.#inquiries.get(name)
      if (known?.answered) known.dueAt = 0
    }
  }

  #ask(name: string, known: Inquiry | undefined): Inquiry {
    const inquiry: Inquiry = {
      askedAt: new Date(),
      dueAt: Date.now() + unansweredMs,
      answered: false,
      error: null,
      parts: known?.parts ?? none(),
      round: undefined,
    }
    this.#inquiries.set(name, inquiry)
    inquiry.round = this.#round(name, inquiry)
      .catch((error: unknown) => {
        inquiry.error = error instanceof Error ? error.message : String(error)
      })
      .finally(() => {
        inquiry.round = undefined
      })
    return inquiry
  }

  /** One question first: a worker that does not answer it is not given more. */
  async #round(name: string, inquiry: Inquiry): Promise<void> {
    const broker = this.#broker
    const ask: Ask = { destination: [name], timeoutMs: answerMs, expected: 1 }
    const [figures] = await stats(broker, ask)
    if (figures === undefined) return
    inquiry.answered = true
    inquiry.dueAt = Date.now() + freshMs
    this.#workers.onStats(figures)
    const keep = <P extends keyof Parts>(part: P, value: Parts[P] | undefined) => {
      if (value !== undefined) inquiry.parts = { ...inquiry.parts, [part]: { value, at: new Date() } }
    }
    keep('stats', figures)
    await Promise.all([
      held(broker, 'active', ask).then(([told]) => keep('active', told?.tasks)),
      held(broker, 'reserved', ask).then(([told]) => keep('reserved', told?.tasks)),
      scheduled(broker, ask).then(([told]) => keep('scheduled', told?.tasks)),
      registered(broker, ask).then(([told]) => keep('registered', told?.tasks)),
      conf(broker, ask).then(([told]) => keep('settings', told && maskSettings(told.settings))),
      activeQueues(broker, ask).then(async ([told]) => {
        if (told === undefined) return
        this.#workers.onQueues(name, told.queues)
        keep('queues', told.queues)
        keep('lengths', await this.#lengths(told.queues))
      }),
    ])
  }

  #lengths(queues: readonly ConsumedQueue[]): Promise<QueueLength[]> {
    const names = queues.filter(({ fanout }) => !fanout).map(({ name }) => name)
    return this.#broker.queueLengths(names.slice(0, mostQueues))
  }
}

function isDue({ dueAt, round }: Inquiry): boolean {
  return round === undefined && Date.now() >= dueAt
}

function none(): Inquiry['parts'] {
  return {
    stats: null,
    active: null,
    reserved: null,
    scheduled: null,
    queues: null,
    lengths: null,
    registered: null,
    settings: null,
  }
}
