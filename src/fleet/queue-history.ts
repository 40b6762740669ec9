import { type Kysely, sql } from 'kysely'
import { inSlices } from '../db/in-slices.js'
import type { Database } from '../db/schema.js'
import type { Happening } from '../tasks/happenings.js'
import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'
import type { Workers } from './workers.js'

/** Tasks a second, over the last minutes. */
export interface QueueRates {
  /** What was taken, and by how much more waits (or less). */
  readonly published: number
  /** What workers took, as their events say. */
  readonly taken: number
}

export interface QueueSample {
  readonly at: Date
  readonly waiting: number
  /** Tasks that workers took since the sample before. */
  readonly taken: number
  /** Since when the oldest message waited. */
  readonly oldestAt: Date | null
}

interface Parts {
  readonly db: Kysely<Database>
  readonly workers: Workers
  readonly log: Log
  /** Whether the queues can be read now. */
  readonly connected: () => boolean
  /** Whether samples are taken here: of several Crispers one takes them. The others add what they counted to its last. */
  readonly samples: () => boolean
  /** As they stand, those that matter most first. */
  readonly queues: () => Promise<
    readonly { readonly name: string; readonly waiting: number | null; readonly oldestAt: Date | null }[]
  >
}

/** Milliseconds between two samples, and after which it is looked whether one is due. */
const everyMs = 60_000
const lookEveryMs = 2_000
/** Milliseconds between two contributions to the samples of another: the earlier, the sooner rates are whole. */
const contributeEveryMs = 15_000
/** Queues that are sampled: those with most waiting, then those with most unfinished tasks. */
const mostSampled = 500
/** Samples kept in memory for each: an hour. */
const mostRemembered = 60
/** Milliseconds over which rates are taken: five minutes, and a while for samples that are late. */
const rateWindowMs = 5.5 * everyMs
/** Hours for which samples are kept. */
export const historyHours = 24
/** Rows deleted at a time, so that nobody waits for it. */
const deletedAtOnce = 5000
/** Queues of which it is counted what is taken. */
const mostCounted = 10_000

/**
 * How many waited in each queue, minute by minute, and how fast they came and went.
 *
 * Of several Crispers each hears a part of what was taken. What one that does not sample has counted goes to the sample
 * before, not to the one that is to come: over the minutes that a rate is taken of it is the same.
 */
export class QueueHistory {
  readonly #parts: Parts
  readonly #sampling: Repeating
  /** The last hour by queue, oldest first. */
  #recent: ReadonlyMap<string, readonly QueueSample[]> = new Map()
  /** What left each queue since the last sample. */
  #taken = new Map<string, number>()
  /** Milliseconds of our monotonic clock. */
  #dueAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#sampling = new Repeating(lookEveryMs, () => this.#keepUp())
  }

  start(): void {
    this.#sampling.start()
  }

  async stop(): Promise<void> {
    await this.#sampling.stop()
  }

  /** Counts what workers took. A task whose queue nobody named is of the one queue that its worker consumes. */
  onHappened(happened: readonly Happening[]): void {
    for (const { type, worker, job } of happened) {
      if (type !== 'task-received') continue
      const queue = job.queue ?? this.#onlyQueueOf(worker)
      if (queue !== null) this.onLeft(queue, 1)
    }
  }

  /** Counts messages that left a queue. */
  onLeft(queue: string, count: number): void {
    const known = this.#taken.get(queue)
    if (known === undefined && this.#taken.size >= mostCounted) return
    this.#taken.set(queue, (known ?? 0) + count)
  }

  /** null until there are two samples. */
  rates(queue: string): QueueRates | null {
    const recent = this.#recent.get(queue) ?? []
    const last = recent.at(-1)
    const samples = recent.filter(({ at }) => Number(at) >= Number(last?.at) - rateWindowMs)
    const [first] = samples
    if (first === undefined || last === undefined || first === last) return null
    const seconds = (last.at.getTime() - first.at.getTime()) / 1000
    const taken = samples.slice(1).reduce((sum, sample) => sum + sample.taken, 0) / seconds
    return { taken, published: Math.max(0, taken + (last.waiting - first.waiting) / seconds) }
  }

  trend(queue: string): number[] {
    return (this.#recent.get(queue) ?? []).map(({ waiting }) => waiting)
  }

  /** The last day of one queue, oldest first. */
  async of(queue: string, hours: number): Promise<QueueSample[]> {
    return await this.#parts.db
      .selectFrom('queue_sample')
      .select(['at', 'waiting', 'taken', 'oldest_at as oldestAt'])
      .where('queue', '=', queue)
      .where(sql<boolean>`at > now() - ${hours} * interval '1 hour'`)
      .orderBy('at')
      .execute()
  }

  /** Writes down how the queues stand now. */
  async sample(at = new Date()): Promise<void> {
    const queues = (await this.#parts.queues()).slice(0, mostSampled)
    const taken = this.#taken
    this.#taken = new Map()
    const rows = queues.flatMap(({ name, waiting, oldestAt }) =>
      waiting === null
        ? []
        : [{ queue: name, at, waiting, taken: taken.get(name) ?? 0, oldest_at: oldestAt }],
    )
    if (rows.length === 0) return
    await sql`
      insert into queue_sample (queue, at, waiting, taken, oldest_at)
      select * from json_to_recordset(${JSON.stringify(rows)}::json)
        as x(queue text, at timestamptz, waiting integer, taken integer, oldest_at timestamptz)
      on conflict (queue, at) do nothing`.execute(this.#parts.db)
    await this.#load(new Set(rows.map(({ queue }) => queue)))
  }

  /** Adds what was counted here to the last samples, which another Crisper took. */
  async contribute(): Promise<void> {
    const taken = this.#taken
    this.#taken = new Map()
    if (taken.size > 0) {
      const counted = JSON.stringify([...taken].map(([queue, count]) => ({ queue, count })))
      await sql`
        update queue_sample s
           set taken = s.taken + x.count
          from json_to_recordset(${counted}::json) as x(queue text, count integer)
         where s.queue = x.queue
           and s.at = (select max(last.at) from queue_sample last where last.queue = x.queue)`.execute(
        this.#parts.db,
      )
    }
    await this.#load()
  }

  /** Forgets what is too old, some rows at a time. */
  async forgetOld(): Promise<void> {
    await inSlices(deletedAtOnce, (size) =>
      sql`
        delete from queue_sample
         where ctid = any(array(
           select ctid from queue_sample
            where at < now() - ${historyHours} * interval '1 hour'
            order by at
            limit ${size}))`.execute(this.#parts.db),
    )
  }

  /** The samples of the last hour; of these queues where they are told: what is not sampled any more is forgotten. */
  async #load(sampled?: ReadonlySet<string>): Promise<void> {
    const rows = await this.#parts.db
      .selectFrom('queue_sample')
      .select(['queue', 'at', 'waiting', 'taken', 'oldest_at as oldestAt'])
      .where(sql<boolean>`at > now() - interval '1 hour'`)
      .orderBy('at')
      .limit(mostSampled * mostRemembered)
      .execute()
    const recent = new Map<string, QueueSample[]>()
    for (const { queue, ...sample } of rows) {
      if (sampled !== undefined && !sampled.has(queue)) continue
      const known = recent.get(queue)
      if (known === undefined) recent.set(queue, [sample])
      else known.push(sample)
    }
    this.#recent = recent
  }

  #onlyQueueOf(worker: string | null): string | null {
    const queues = worker === null ? null : (this.#parts.workers.get(worker)?.queues ?? null)
    return queues?.length === 1 ? (queues[0]?.name ?? null) : null
  }

  async #keepUp(): Promise<void> {
    const now = performance.now()
    if (now < this.#dueAt || !this.#parts.connected()) return
    const samples = this.#parts.samples()
    this.#dueAt = now + (samples ? everyMs : contributeEveryMs)
    try {
      if (!samples) {
        // For those who ask here how the queues were last: nobody else would have looked.
        await this.#parts.queues()
        await this.contribute()
        return
      }
      await this.sample()
      await this.forgetOld()
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the queues could not be sampled; tried again in a minute')
    }
  }
}
