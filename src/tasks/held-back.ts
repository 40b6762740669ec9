import type { Delivery } from '../celery/broker.js'
import { isFinished } from './job.js'
import { mergeRecords } from './merge.js'
import type { TaskRecord } from './record.js'

/** Some messages that were read one after the other. */
export interface Batch {
  readonly last: Delivery
  readonly messages: number
  readonly bytes: number
  /** Milliseconds of any clock that only goes forward. */
  readonly readAt: number
}

/** What is due to be written after a batch. */
export interface Due {
  readonly records: readonly TaskRecord[]
  /** With these records all is written that messages up to this one told; undefined where not even the first batch is. */
  readonly upTo: Delivery | undefined
}

/** How far back the messages reach whose tasks are held: so many of them, so large, and read so long ago. */
export interface Reach {
  readonly messages: number
  readonly bytes: number
  readonly ms: number
}

interface Told {
  readonly record: TaskRecord
  /** The number of the batch that told of it first. */
  readonly since: number
}

/**
 * What has been read of tasks and is not being written yet, folded task by task.
 *
 * While we are behind, what is next to be heard of a task waits already: one that has not ended is held back for a little,
 * and mostly written once, with its end. It then costs what a short task does. Its messages are not acknowledged before.
 */
export class HeldBack {
  readonly #reach: Reach
  /** In the order of `since`. */
  readonly #told = new Map<string, Told>()
  /** Those of which something may be held, oldest first; the first one has the number `#first`. */
  readonly #batches: Batch[] = []
  #first = 0

  constructor(reach: Reach) {
    this.#reach = reach
  }

  /** What is told of a task here. */
  of(taskId: string): TaskRecord | undefined {
    return this.#told.get(taskId)?.record
  }

  /** Joins what one event of the batch that is being read tells. */
  tell(news: TaskRecord): void {
    const known = this.#told.get(news.taskId)
    this.#told.set(
      news.taskId,
      known === undefined
        ? { record: news, since: this.#next }
        : { record: mergeRecords(known.record, news), since: known.since },
    )
  }

  /** Ends a batch: takes out what has ended or was held for long enough, or all where nothing `mayWait`. */
  due(batch: Batch, mayWait: boolean): Due {
    this.#batches.push(batch)
    const from = mayWait ? this.#withinReach(batch.readAt) : this.#next
    const records: TaskRecord[] = []
    for (const [taskId, { record, since }] of this.#told) {
      if (since >= from && !isFinished(record.state?.state ?? '')) continue
      records.push(record)
      this.#told.delete(taskId)
    }
    const [oldest] = this.#told.values()
    const written = this.#batches.splice(0, (oldest?.since ?? this.#next) - this.#first)
    this.#first += written.length
    return { records, upTo: written.at(-1)?.last }
  }

  /** The number of the batch that comes next, or is being read. */
  get #next(): number {
    return this.#first + this.#batches.length
  }

  /** The number of the first batch that is within reach. */
  #withinReach(now: number): number {
    let [messages, bytes, number] = [0, 0, this.#next]
    for (const batch of this.#batches.toReversed()) {
      messages += batch.messages
      bytes += batch.bytes
      const { messages: mostMessages, bytes: mostBytes, ms } = this.#reach
      if (messages > mostMessages || bytes > mostBytes || now - batch.readAt > ms) break
      number -= 1
    }
    return number
  }
}
