import type { z } from 'zod'
import type {
  detailAnswer,
  listAnswer,
  statisticsAnswer,
  taskAnswer,
  typesAnswer,
} from '../../src/http/answers.js'
import type {
  batchAnswer,
  dryRunAnswer,
  previewAnswer,
  stopAnswer,
  stopListAnswer,
  stoppedAnswer,
} from '../../src/http/stop-answers.js'

/** What the API answers: the very schemas from which the server makes its OpenAPI document. Types only. */
export type Task = z.output<typeof taskAnswer>
export type TaskPage = z.output<typeof listAnswer>
export type TaskDetail = z.output<typeof detailAnswer>
export type KnownTask = Extract<TaskDetail, { in_db: true }>
export type Statistics = z.output<typeof statisticsAnswer>
export type TaskTypes = z.output<typeof typesAnswer>
export type Stop = z.output<typeof stopAnswer>
export type StopPage = z.output<typeof stopListAnswer>
export type Stopped = z.output<typeof stoppedAnswer>
export type Preview = z.output<typeof previewAnswer>
export type Batch = z.output<typeof batchAnswer>
export type DryRun = z.output<typeof dryRunAnswer>

/** One of GET /api/workers/. */
export interface Worker {
  readonly name: string
  readonly status: 'online' | 'stopped' | 'offline'
  readonly last_seen_at: string | null
  readonly active: number | null
  readonly processed: number | null
  readonly version: string | null
  readonly pool: string | null
  readonly concurrency: number | null
}

/** An event of the live stream. */
export interface LiveTasks {
  readonly tasks: readonly Task[]
  readonly gone: readonly string[]
  readonly many: boolean
}
