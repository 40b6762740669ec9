import type { TaskMeta } from '../celery/results/backend.js'
import { isFinished } from '../tasks/job.js'
import { lostOf } from '../tasks/lost.js'
import { mergeRecords } from '../tasks/merge.js'
import type { TaskRecord } from '../tasks/record.js'
import { recordOfGivenUp, recordOfLost, recordOfRow } from '../tasks/record-of-evidence.js'
import { type Candidate, isLost } from './candidates.js'
import type { Verdict } from './judge.js'
import type { Counts } from './report.js'
import { lostEvidence } from './sentences.js'
import { Suspects } from './suspects.js'
import type { Whereabouts } from './whereabouts.js'

/** A task that nobody has, as far as one look tells. */
export interface Absent {
  readonly task: Candidate
  readonly why: Extract<Verdict, { kind: 'absent' }>['why']
}

interface Parts {
  /** Seconds for which a task is lost before it is given up; null: never. */
  readonly failLostAfter: number | null
  /** There is a result backend that can be read. */
  readonly readsResults: boolean
}

/** Decides which absent tasks are lost, and which lost ones are given up. */
export class Losses {
  readonly #suspects = new Suspects()
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What the records of those are told that were absent at an earlier look, too. Rejects with BrokerUnreachable. */
  async confirm(
    absent: readonly Absent[],
    look: Whereabouts,
    metas: ReadonlyMap<string, TaskMeta>,
    counts: Counts,
  ): Promise<TaskRecord[]> {
    const now = Date.now() / 1000
    const fresh = absent.filter(({ task }) => !isLost(task))
    const confirmed = fresh.filter(({ task, why }) =>
      this.#suspects.confirm(task.taskId, `${task.worker} ${why.kind}`, now),
    )
    counts.suspected += fresh.length - confirmed.length
    const lost = await withoutUnlisted(confirmed, look)
    counts.lost += lost.length
    return lost.map(({ task, why }) => {
      const stored = this.#parts.readsResults ? (metas.get(task.taskId)?.status ?? 'nothing') : 'unreadable'
      return lostRecord(task, now, lostEvidence(task, why, stored))
    })
  }

  /** It is where it should be. */
  clear(taskId: string): void {
    this.#suspects.clear(taskId)
  }

  givenUp(tasks: readonly Candidate[], now: number): TaskRecord[] {
    const after = this.#parts.failLostAfter
    if (after === null) return []
    return tasks.flatMap(({ state, record }) => {
      if (record === undefined || isFinished(state)) return []
      const lost = lostOf(record)
      return lost !== undefined && now - lost.at >= after ? [recordOfGivenUp(record, lost, now)] : []
    })
  }
}

/** Leaves out what its worker may have although none of the lists that were asked for names it. */
async function withoutUnlisted(absent: readonly Absent[], look: Whereabouts): Promise<readonly Absent[]> {
  const isWaiting = ({ task, why }: Absent) => why.kind === 'answers' && task.state === 'RECEIVED'
  const workers = new Set(absent.filter(isWaiting).map(({ task }) => task.worker ?? ''))
  if (workers.size === 0) return absent
  const mayHave = await look.unlisted([...workers])
  return absent.filter(
    (each) => !isWaiting(each) || !mayHave(each.task.worker ?? '', each.task.taskId, nameOf(each.task)),
  )
}

function lostRecord(task: Candidate, now: number, evidence: ReturnType<typeof lostEvidence>): TaskRecord {
  const { taskId, state, worker, heardAt, record } = task
  if (record?.state !== undefined) return recordOfLost(record, now, evidence)
  // Only the application's table tells of it.
  const row = recordOfRow(taskId, state, heardAt, worker ?? '')
  return mergeRecords(row, recordOfLost(row, now, evidence))
}

function nameOf({ record }: Candidate): string {
  return record?.received?.name ?? record?.sent?.name ?? record?.told?.name ?? ''
}
