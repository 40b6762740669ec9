import type { z } from 'zod'
import type { DryRun } from '../retention/dry-run.js'
import { deletedTasks } from '../retention/run.js'
import type { PastRun } from '../retention/run-store.js'
import type { Amount, Storage } from '../retention/storage.js'
import type { RetentionNow } from '../retention/view.js'
import { iso } from './iso.js'
import type {
  retentionAnswer,
  retentionDryRunAnswer,
  retentionRunAnswer,
  storageAnswer,
} from './retention-answer.js'

export function toRetention({
  settings,
  attached,
  runs,
  nextAt,
}: RetentionNow): z.output<typeof retentionAnswer> {
  return {
    keep: settings.keep.text,
    rules: settings.rules.map(({ states, taskTypes, tenants, companies, keep }, index) => ({
      number: index + 1,
      states: listOrNull(states),
      task_types: listOrNull(taskTypes),
      tenants: listOrNull(tenants),
      companies: listOrNull(companies),
      keep: keep.text,
    })),
    stops: settings.stops.text,
    archive: settings.archive,
    every: settings.every / 1000,
    attached,
    runs: runs.map(toRun),
    next_run_at: iso(nextAt),
  }
}

export function toRun(run: PastRun): z.output<typeof retentionRunAnswer> {
  const { looked, deleted, skipped, stops, archivedTasks, archivedBytes } = run.progress
  return {
    started_at: iso(run.startedAt),
    ended_at: iso(run.endedAt),
    by: run.by,
    looked,
    deleted: deletedTasks(run.progress),
    deleted_by_rule: { ...deleted },
    skipped,
    stops,
    archived: { tasks: archivedTasks, bytes: archivedBytes },
    through: run.through,
    problem: run.problem,
  }
}

export function toDryRun({
  at,
  total,
  looked,
  more,
  groups,
}: DryRun): z.output<typeof retentionDryRunAnswer> {
  return {
    at: iso(at),
    total,
    looked,
    more,
    groups: groups.map(({ rule, state, taskType, count, oldest }) => ({
      rule,
      state,
      task_type: taskType,
      count,
      oldest: iso(oldest),
    })),
  }
}

export function toStorage(storage: Storage): z.output<typeof storageAnswer> {
  const size = ({ tasks, bytes }: Amount) => ({
    tasks: Math.round(tasks),
    bytes: bytes === null ? null : Math.round(bytes),
  })
  return {
    tables: storage.tables.map(({ name, rows, bytes, indexBytes }) => ({
      name,
      rows,
      bytes,
      index_bytes: indexBytes,
    })),
    free_bytes: storage.freeBytes,
    growth: storage.growth.map(({ day, tasks, estimated }) => ({ day: iso(day), tasks, estimated })),
    tasks_per_day: storage.tasksPerDay,
    bytes_per_task: storage.bytesPerTask,
    forecasts: storage.forecasts.map(({ days, without, withRules }) => ({
      days,
      without_rules: size(without),
      with_rules: size(withRules),
    })),
  }
}

function listOrNull<T>(list: readonly T[] | undefined): T[] | null {
  return list === undefined ? null : [...list]
}
