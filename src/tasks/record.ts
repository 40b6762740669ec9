import { z } from 'zod'
import { jobStates } from './job.js'

/** Text kept up to a limit; `size` is the original length in UTF-16 units where it was cut. */
const cappedText = z.object({ text: z.string(), size: z.number().exactOptional() })

/** What `task-sent` or `task-received` told, or the message in the queue. */
export const description = z.object({
  at: z.number(),
  name: z.string().exactOptional(),
  args: cappedText.exactOptional(),
  kwargs: cappedText.exactOptional(),
  rootId: z.string().exactOptional(),
  parentId: z.string().exactOptional(),
  retries: z.number().exactOptional(),
  eta: z.string().exactOptional(),
  expires: z.string().exactOptional(),
  queue: z.string().exactOptional(),
  exchange: z.string().exactOptional(),
  routingKey: z.string().exactOptional(),
  /** Who the task belongs to, as its arguments say. A part that stood on a cut repr is named in `truncated`. */
  owner: z
    .object({
      companyId: z.union([z.number(), z.string()]).exactOptional(),
      tenantId: z.string().exactOptional(),
      createdById: z.union([z.number(), z.string()]).exactOptional(),
      truncated: z.array(z.string()).exactOptional(),
    })
    .exactOptional(),
})

/** Why a task is lost: its worker is gone, said goodbye before it, or lives and has it not. */
export const lostKinds = ['worker_gone', 'worker_stopped', 'not_there'] as const

/** The result backend, a worker that was asked what it runs, the job table, or reconciling gave a lost task up. */
const evidenceSources = ['result_backend', 'worker', 'table', 'reconcile'] as const
/** Somebody deleted it from its queue through Crisper. */
const purgeMark = z.object({
  at: z.number(),
  queue: z.string(),
  by: z.string(),
  reason: z.string().exactOptional(),
})

/** The event that decides the state, with what it brought along. */
const stateRegister = z.object({
  state: z.enum(jobStates),
  fromWorker: z.boolean(),
  /** When it happened. */
  at: z.number(),
  /** `at` plus the head start of its kind: what is compared. */
  rank: z.number(),
  phase: z.number(),
  worker: z.string().exactOptional(),
  pid: z.number().exactOptional(),
  /** Python repr. */
  result: cappedText.exactOptional(),
  runtime: z.number().exactOptional(),
  exception: cappedText.exactOptional(),
  traceback: cappedText.exactOptional(),
  /** Why it was revoked: `expired`, `revoked` (before it ran), or `terminated (SIGTERM)`. */
  revoked: z.string().exactOptional(),
  /** Who said so, where it was no event and no stop of ours (record-of-evidence.ts). */
  source: z.enum(evidenceSources).exactOptional(),
})

const progress = z.object({
  at: z.number(),
  done: z.number().exactOptional(),
  total: z.number().exactOptional(),
  byCategory: z.record(z.string(), z.number()).exactOptional(),
  /** Where it was no event. */
  source: z.literal('result_backend').exactOptional(),
})

const dated = <T extends z.ZodType>(value: T) => z.object({ at: z.number(), value })

/** What the hooks in the application said of it (context.ts). Each part and each key of `meta` joins by latest. */
const context = z.object({
  companyId: dated(z.union([z.number(), z.string()])).exactOptional(),
  tenantId: dated(z.string()).exactOptional(),
  createdById: dated(z.union([z.number(), z.string()])).exactOptional(),
  kind: dated(z.string()).exactOptional(),
  meta: z.record(z.string(), dated(z.json())).exactOptional(),
})

/** What a worker or the result backend said of a task of which events told less. */
const told = z.object({
  at: z.number(),
  name: z.string().exactOptional(),
  queue: z.string().exactOptional(),
})

/** Reconciling found that nobody has the task, although it should run. */
const lostMark = z.object({
  at: z.number(),
  /** The last that was known to have happened to it: whatever is later takes the mark back (lost.ts). */
  heardAt: z.number(),
  kind: z.enum(lostKinds),
  worker: z.string(),
  /** The evidence in one sentence. */
  note: z.string(),
})

/** Somebody asked through Crisper to stop this task. */
const stopMark = z.object({
  at: z.number(),
  mode: z.enum(['soft', 'hard']),
  by: z.string(),
  reason: z.string().exactOptional(),
})

/** One thing that happened to the task. */
const timelineEntry = z.object({
  /** What it is known by. Absent of an event, which is known by its type, its worker and its timestamp (timeline.ts). */
  id: z.string().exactOptional(),
  type: z.string(),
  at: z.number(),
  /** The event's own timestamp, where it is not `at`. */
  timestamp: z.number().exactOptional(),
  /** Node name of the sender. */
  worker: z.string().exactOptional(),
  pid: z.number().exactOptional(),
  retries: z.number().exactOptional(),
  exception: z.string().exactOptional(),
  runtime: z.number().exactOptional(),
  /** Free text, such as who stopped it and why, or what a custom event carried. */
  note: z.string().exactOptional(),
  /** Seconds by which the sender's clock was off against arrival, where that was more than a few. */
  clockSkew: z.number().exactOptional(),
})

export const taskRecord = z.object({
  taskId: z.string(),
  /** Joins by minimum. */
  firstSeenAt: z.number(),
  /** The last writer wins (merge.ts). Absent while only data is known. */
  state: stateRegister.optional(),
  /** What the publisher said, latest first; and when it was first sent (minimum). */
  sent: description.optional(),
  sentAt: z.number().optional(),
  /** What a worker said when it took the message, latest first. */
  received: description.optional(),
  /** What its message said when it was first seen waiting in a queue. The earliest counts: to see it again is no news. */
  queued: description.optional(),
  /** Minimum and maximum over all `task-started`. */
  firstStartedAt: z.number().optional(),
  lastStartedAt: z.number().optional(),
  /** Joins by latest. */
  progress: progress.optional(),
  context: context.optional(),
  stop: stopMark.optional(),
  /** Joins by latest. */
  told: told.optional(),
  lost: lostMark.optional(),
  /** When somebody last said that it has a task that counted as lost. Joins by latest. */
  foundAt: z.number().optional(),
  purge: purgeMark.optional(),
  /** When its process was last seen to run on although its worker had said that it was terminated. Joins by latest. */
  survivedAt: z.number().optional(),
  /** In order (timeline.ts); joins by union, bounded to the earliest and the latest. */
  timeline: z.array(timelineEntry).readonly(),
})

/**
 * Everything known of one task, as a function of the set of its events: each part joins by a rule that is
 * commutative, associative and idempotent, so that events may come late, twice, in any order and through several
 * collectors. The job row is derived from it (derive.ts). Stored as JSON in `task_detail.record` (stored-record.ts); times
 * are epoch seconds.
 */
export type TaskRecord = Readonly<z.infer<typeof taskRecord>>
export type StateRegister = Readonly<z.infer<typeof stateRegister>>
export type Description = Readonly<z.infer<typeof description>>
export type Owner = NonNullable<Description['owner']>
export type Progress = Readonly<z.infer<typeof progress>>
export type Context = Readonly<z.infer<typeof context>>
export type Told = Readonly<z.infer<typeof told>>
export type LostMark = Readonly<z.infer<typeof lostMark>>
export type StopMark = Readonly<z.infer<typeof stopMark>>
export type PurgeMark = Readonly<z.infer<typeof purgeMark>>
export type TimelineEntry = Readonly<z.infer<typeof timelineEntry>>
