import type { z } from 'zod'
import { isReady, type TaskMeta } from '../celery/results/backend.js'
import { exceptionText } from '../celery/results/exception-text.js'
import type { Gap } from '../reconcile/gaps.js'
import type { StopSummary } from '../stops/store.js'
import { descriptionOf, ownerOf } from '../tasks/derive.js'
import { type Job, type Json, percent } from '../tasks/job.js'
import type { LiveState } from '../tasks/live-state.js'
import { toLive } from '../tasks/live-state.js'
import { lostOf } from '../tasks/lost.js'
import type { LostMark, TaskRecord, TimelineEntry } from '../tasks/record.js'
import { sourcesOf } from '../tasks/sources.js'
import { storableJson } from '../tasks/storable.js'
import type { TaskTypes } from '../tasks/task-types.js'
import { attemptsOf, inOrder } from '../tasks/timeline.js'
import type { detailAnswer, taskAnswer } from './answers.js'
import { iso } from './iso.js'
import { toTaskStop } from './present-stop.js'

type TaskAnswer = z.output<typeof taskAnswer>
type DetailAnswer = z.output<typeof detailAnswer>

function typeOf(job: Pick<Job, 'meta' | 'kind'>): string {
  const { meta } = job
  const told = typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? meta.task_type : undefined
  return typeof told === 'string' && told !== '' ? told : job.kind
}

export function errorOf(job: Job): string | null {
  return job.state === 'FAILURE' || job.state === 'REVOKED' ? job.error : null
}

export function resultOf(job: Job): Json {
  return job.state === 'SUCCESS' ? job.result : null
}

export function toTask(
  job: Job,
  types: TaskTypes,
  stop: StopSummary | undefined,
  lost: boolean,
  live?: LiveState,
): TaskAnswer {
  const taskType = typeOf(job)
  return {
    id: job.id,
    task_id: job.taskId,
    task_name: job.taskName,
    task_type: taskType,
    task_type_display: types.display(taskType),
    state: job.state,
    kind: job.kind,
    queue: job.queue,
    worker: job.worker,
    tenant_id: job.tenantId,
    created_by_id: job.createdById,
    created_at: iso(job.createdAt),
    enqueued_at: iso(job.enqueuedAt),
    started_at: iso(job.startedAt),
    finished_at: iso(job.finishedAt),
    retries: job.retries,
    max_retries: job.maxRetries,
    total: job.total,
    done: job.done,
    percent: percent(job.done, job.total),
    by_category: job.byCategory,
    meta: job.meta,
    result: resultOf(job),
    error: errorOf(job),
    lost,
    stop: toTaskStop(stop),
    ...(live === undefined ? {} : { live_state: live.state, live_info: live.info }),
  }
}

/** A job with all that is known of its task. `record` is missing where another application wrote the row. */
export function toDetail(
  job: Job,
  record: TaskRecord | undefined,
  meta: TaskMeta | undefined,
  types: TaskTypes,
  stop: StopSummary | undefined,
  gaps: readonly Gap[],
): DetailAnswer {
  const lost = record && lostOf(record)
  const live = meta === undefined ? null : toLive(meta)
  const description = record === undefined ? {} : descriptionOf(record)
  return {
    ...toTask(job, types, stop, lost !== undefined),
    live_state: live?.state ?? null,
    live_info: live?.info ?? null,
    ready: isReady(job.state) || (live !== null && isReady(live.state)),
    successful: job.state === 'SUCCESS' || live?.state === 'SUCCESS',
    in_db: true,
    args: description.args ?? null,
    kwargs: description.kwargs ?? null,
    result_repr: record?.state?.result ?? null,
    traceback: record?.state?.traceback ?? null,
    runtime: record?.state?.runtime ?? null,
    root_id: description.rootId ?? null,
    parent_id: description.parentId ?? null,
    sources: sourcesOf(job, record, types),
    ownership: record === undefined ? {} : toOwnership(record),
    attempts: attemptsOf(record?.timeline ?? []).map(({ receivedAt, startedAt, endedAt, ...attempt }) => ({
      ...attempt,
      received_at: epochIso(receivedAt),
      started_at: epochIso(startedAt),
      ended_at: epochIso(endedAt),
    })),
    lost_evidence: lost === undefined ? null : toLostEvidence(lost),
    timeline: inOrder([...(record?.timeline ?? []), ...gapEntries(gaps)]).map(
      ({ id, at, timestamp, clockSkew, ...entry }) => ({
        ...entry,
        at: epochIso(at),
        ...(clockSkew === undefined ? {} : { clock_skew: clockSkew }),
      }),
    ),
  }
}

/** A task that only Celery's result backend knows. */
export function toBackendTask(meta: TaskMeta, types: TaskTypes): DetailAnswer {
  const taskType = types.of(meta.name ?? '')
  const failed = meta.status === 'FAILURE' || meta.status === 'REVOKED'
  return {
    task_id: meta.taskId,
    task_name: meta.name,
    task_type: taskType,
    task_type_display: types.display(taskType),
    state: meta.status,
    ready: isReady(meta.status),
    successful: meta.status === 'SUCCESS',
    result: meta.status === 'SUCCESS' ? storableJson(meta.result) : null,
    error: failed ? exceptionText(meta.result) : null,
    in_db: false,
  }
}

function toOwnership(record: TaskRecord): Record<string, unknown> {
  const { companyId, tenantId, createdById, truncated = [] } = ownerOf(record)
  const unknown = (name: string) => (truncated.includes(name) ? 'unknown (truncated)' : null)
  return {
    company_id: companyId ?? unknown('company'),
    tenant_id: tenantId ?? unknown('tenant'),
    created_by_id: createdById ?? unknown('user'),
  }
}

function toLostEvidence({ at, kind, worker, note }: LostMark) {
  return { at: epochIso(at), kind, worker, note }
}

/** When events of the task may have been missed, as entries of its timeline. */
function gapEntries(gaps: readonly Gap[]): TimelineEntry[] {
  return gaps.map(({ id, began, ended, note }) => {
    const seconds = Math.max(0, (ended.getTime() - began.getTime()) / 1000)
    return {
      id: `gap|${id}`,
      type: 'gap',
      at: began.getTime() / 1000,
      note: `${seconds.toFixed(1)} s. ${note}`,
    }
  })
}

function epochIso(seconds: number | null): string | null {
  return seconds === null ? null : iso(new Date(seconds * 1000))
}
