import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { type DerivedJob, deriveJob, exceptionTypeOf, parentOf, rootOf } from './derive.js'
import { isFinished } from './job.js'
import { lostOf } from './lost.js'
import { mergeRecords } from './merge.js'
import type { TaskRecord } from './record.js'
import { parseRecord, toStored } from './stored-record.js'
import { learnNames } from './task-names.js'
import type { TaskTypes } from './task-types.js'
import { isOfDeleted, type RecordToWrite, type WriteRecords } from './write-records.js'

/** A task as it stands after a write. */
export interface AppliedTask {
  readonly record: TaskRecord
  readonly job: DerivedJob
}

export interface TaskStoreParts {
  readonly pool: pg.Pool
  readonly types: TaskTypes
  readonly write: WriteRecords
  /** Told of every commit, whoever asked for it. Must not throw. */
  readonly onApplied?: (tasks: readonly AppliedTask[]) => void
}

interface Remembered {
  readonly version: number
  /** Of a task that has ended its JSON: it is seldom wanted again, and one text costs less to keep than many objects. */
  readonly record: TaskRecord | string
}

/**
 * Joins what new events tell with what is stored.
 *
 * The merge is TypeScript (merge.ts), so the rules stand in one place; the database decides races: each record has a
 * version, a write that finds another version than it was merged from is refused, read again and merged again. Since
 * merging commutes, several collectors on one database come to the same rows. A cache of recent records saves the read
 * for tasks whose events come in several batches; one that is not cached is first tried as new, and only those that were
 * refused are read. Reading all of a batch before, where another collector has written some of it, costs more than that.
 */
export class TaskStore {
  readonly #parts: TaskStoreParts
  readonly #recent = new LRUCache<string, Remembered>({ max: 20_000 })
  /** What the writes that are under way make of their tasks, if nobody overtakes them. */
  readonly #underWay = new Map<string, Remembered>()
  /** A batch that was prepared, and the records that it is of. */
  #ahead: { readonly records: readonly TaskRecord[]; readonly batch: readonly RecordToWrite[] } | undefined
  /** Writes that came out otherwise than was expected. */
  #surprises = 0
  readonly #names = new Set<string>()

  constructor(parts: TaskStoreParts) {
    this.#parts = parts
  }

  /**
   * Merges each record into what is stored for its task; committed when it resolves. The records are of different
   * tasks. Rejects with the database's error; nothing of a failed statement is kept.
   */
  async apply(records: readonly TaskRecord[]): Promise<AppliedTask[]> {
    const applied: AppliedTask[] = []
    let waiting = new Map(records.map((record) => [record.taskId, record]))
    for (let round = 0; waiting.size > 0; round += 1) {
      if (round === mostRounds)
        throw new Error(`${waiting.size} task records are fought over by other writers`)
      const batch =
        this.#takePrepared(records) ??
        [...waiting.values()].map((record) => this.#prepared(record, this.#recent.get(record.taskId)))
      const written = await this.#write(batch)
      const overtaken = new Map<string, TaskRecord>()
      for (const each of batch) {
        const { record, job } = each
        const { taskId } = record
        if (written.has(taskId)) {
          this.#recent.set(taskId, toRemember(each))
          applied.push({ record, job })
        } else {
          const mine = waiting.get(taskId)
          if (mine !== undefined) overtaken.set(taskId, mine)
        }
      }
      if (overtaken.size > 0) await this.#reread([...overtaken.keys()])
      waiting = overtaken
    }
    await this.#rememberNames(applied)
    this.#parts.onApplied?.(applied)
    return applied
  }

  /**
   * Does beforehand what `apply` of the same records begins with, while another write is under way: it builds on what that
   * makes of its tasks. Where that comes out otherwise, `apply` does it anew.
   */
  async prepare(records: readonly TaskRecord[]): Promise<void> {
    const surprises = this.#surprises
    const batch: RecordToWrite[] = []
    for (const record of records) {
      if (batch.length % preparedAtOnce === preparedAtOnce - 1) await nextTurn()
      const { taskId } = record
      batch.push(this.#prepared(record, this.#underWay.get(taskId) ?? this.#recent.get(taskId)))
    }
    if (surprises === this.#surprises) this.#ahead = { records, batch }
  }

  /** What is stored of one task, or undefined. */
  async find(taskId: string): Promise<AppliedTask | undefined> {
    return (await this.findMany([taskId]))[0]
  }

  /** What is stored of these tasks; up to a few thousand. */
  async findMany(taskIds: readonly string[]): Promise<AppliedTask[]> {
    await this.#reread(taskIds)
    return taskIds.flatMap((taskId) => {
      const stored = this.#recent.get(taskId)
      if (stored === undefined) return []
      const record = recordIn(stored)
      return [{ record, job: deriveJob(record, this.#parts.types) }]
    })
  }

  #takePrepared(records: readonly TaskRecord[]): readonly RecordToWrite[] | undefined {
    if (this.#ahead?.records !== records) return undefined
    const { batch } = this.#ahead
    this.#ahead = undefined
    return batch
  }

  /** Answers with the ids written: none where one of them was deleted meanwhile, so that all are merged again. */
  async #write(batch: readonly RecordToWrite[]): Promise<ReadonlySet<string>> {
    for (const each of batch) this.#underWay.set(each.record.taskId, toRemember(each))
    let written: ReadonlySet<string> = new Set()
    try {
      written = await this.#parts.write(this.#parts.pool, batch)
    } catch (error) {
      if (!isOfDeleted(error)) throw error
    } finally {
      for (const { record } of batch) this.#underWay.delete(record.taskId)
      if (written.size < batch.length) this.#forgetPrepared()
    }
    return written
  }

  /** What was made on the ground of something that did not come about. */
  #forgetPrepared(): void {
    this.#surprises += 1
    this.#ahead = undefined
  }

  #prepared(news: TaskRecord, stored: Remembered | undefined): RecordToWrite {
    const previous = stored && recordIn(stored)
    const record = previous === undefined ? news : mergeRecords(previous, news)
    return {
      version: (stored?.version ?? 0) + 1,
      record,
      json: JSON.stringify(toStored(record)),
      rootId: rootOf(record) ?? null,
      parentId: parentOf(record) ?? null,
      exceptionType: exceptionTypeOf(record.state?.exception?.text),
      runtime: record.state?.runtime ?? null,
      lostAt: lostAtOf(record),
      job: deriveJob(record, this.#parts.types),
      previous,
    }
  }

  async #reread(taskIds: readonly string[]): Promise<void> {
    const { rows } = await this.#parts.pool.query<{ task_id: string; version: number; record: unknown }>({
      name: 'read-records',
      text: 'select task_id, version, record from task_detail where task_id = any($1)',
      values: [taskIds],
    })
    // What is gone (deleted by retention) must not be remembered either.
    for (const taskId of taskIds) this.#recent.delete(taskId)
    for (const { task_id, version, record } of rows) {
      this.#recent.set(task_id, { version, record: parseRecord(record) })
    }
  }

  /** Keeps the list of task names, by which a search finds jobs without scanning them. */
  async #rememberNames(applied: readonly AppliedTask[]): Promise<void> {
    const fresh = new Set(applied.map(({ job }) => job.taskName).filter((name) => !this.#names.has(name)))
    if (fresh.size === 0) return
    await this.#parts.pool.query(learnNames, [[...fresh]])
    if (this.#names.size > mostNames) this.#names.clear()
    for (const name of fresh) this.#names.add(name)
  }
}

function toRemember({ version, record, json, job }: RecordToWrite): Remembered {
  return { version, record: isFinished(job.state) ? json : record }
}

function recordIn({ record }: Remembered): TaskRecord {
  return typeof record === 'string' ? parseRecord(JSON.parse(record)) : record
}

function lostAtOf(record: TaskRecord): Date | null {
  const lost = lostOf(record)
  return lost === undefined ? null : new Date(lost.at * 1000)
}

/** Records that are prepared before whoever waits for an answer has a turn: some milliseconds' worth. */
const preparedAtOnce = 200
/** Rounds of reading and merging again before giving up; each round at least one of the writers gets through. */
const mostRounds = 50
const mostNames = 10_000
