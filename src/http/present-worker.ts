import type { z } from 'zod'
import type { ScheduledTask, WorkerTask } from '../celery/control.js'
import { abilities, abilityFacts } from '../fleet/abilities.js'
import type { Told, WorkerReport } from '../fleet/inquiry.js'
import { isShared } from '../fleet/life.js'
import { explainRefusal } from '../fleet/replies.js'
import { takesNothing, type Worker } from '../fleet/worker.js'
import type { ControlResult } from '../fleet/worker-control.js'
import type { ListedWorker } from '../fleet/worker-list.js'
import { explainStatus, type WorkerStatus } from '../fleet/worker-status.js'
import { iso } from './iso.js'
import type { controlAnswer, workerAnswer, workersAnswer } from './worker-answers.js'

const mostTasks = 100

export function toWorker({
  worker,
  status,
  reason,
}: ListedWorker): z.output<typeof workersAnswer>['workers'][number] {
  const now = Date.now() / 1000
  return {
    name: worker.name,
    status,
    reason: explainStatus(reason, worker, now),
    reason_code: reason,
    last_seen_at: at(worker.lastSeenAt),
    last_heartbeat_at: at(worker.lastHeartbeatAt),
    last_answer_at: at(worker.lastAnswerAt),
    last_asked_at: at(worker.lastAskedAt),
    consuming: toConsuming(worker, status),
    first_seen_at: at(worker.firstSeenAt),
    started_at: at(worker.startedAt),
    restarts: worker.restarts,
    name_is_shared: isShared(worker, now),
    active: worker.active,
    processed: worker.processed,
    idle_since: at(worker.idleSince),
    loadavg: worker.loadavg && [...worker.loadavg],
    version: worker.version,
    system: worker.system,
    pid: worker.pid,
    clock_skew: worker.clockSkew,
    pool: worker.pool,
    concurrency: worker.concurrency,
    processes: worker.processes,
  }
}

export function toWorkerDetail(
  listed: ListedWorker,
  { askedAt, answered, error, parts }: WorkerReport,
): z.output<typeof workerAnswer> {
  const stats = parts.stats?.value
  const lengths = new Map(parts.lengths?.value.map(({ queue, waiting }) => [queue, waiting]))
  return {
    ...toWorker(listed),
    asked_at: iso(askedAt),
    answered,
    problem: error,
    told_at: iso(parts.stats?.at ?? null),
    uptime: stats?.uptime ?? null,
    prefetch: stats?.prefetch ?? null,
    autoscale: stats?.autoscale ?? null,
    max_tasks_per_child: stats?.maxTasksPerChild ?? null,
    time_limits: stats?.timeLimits ?? null,
    child_pids: stats?.processes ? [...stats.processes] : null,
    started_by_name: stats === undefined ? null : { ...stats.total },
    usage: stats?.rusage
      ? {
          user_seconds: stats.rusage.userSeconds,
          system_seconds: stats.rusage.systemSeconds,
          max_rss: stats.rusage.maxRss,
        }
      : null,
    queues:
      parts.queues?.value.map(({ name }) => ({ name, waiting: lengths.get(name) ?? null })) ??
      listed.worker.queues?.map(({ name }) => ({ name, waiting: null })) ??
      null,
    takes_nothing: takesNothing(listed.worker, waitingFor(parts), Date.now() / 1000),
    active_tasks: toTasks(parts.active),
    reserved_tasks: toTasks(parts.reserved),
    scheduled_tasks: toTasks(parts.scheduled),
    registered: parts.registered ? [...parts.registered.value] : null,
    settings: parts.settings ? { ...parts.settings.value } : null,
    commands: abilities(abilityFacts(stats, parts.settings?.value)).map(({ command, refusal }) => ({
      command,
      refusal,
      reason: refusal && explainRefusal(refusal),
    })),
  }
}

export function toControlAnswer(
  command: z.output<typeof controlAnswer>['command'],
  results: readonly ControlResult[],
): z.output<typeof controlAnswer> {
  const counts = { ok: 0, refused: 0, no_answer: 0 }
  for (const { outcome } of results) counts[outcome] += 1
  return { command, results: results.map((each) => ({ ...each })), counts }
}

function waitingFor({ lengths }: WorkerReport['parts']): number {
  return (lengths?.value ?? []).reduce((sum, { waiting }) => sum + (waiting ?? 0), 0)
}

function toConsuming({ queues, queuesAt, lastTaskAt }: Worker, status: WorkerStatus) {
  const gone = status === 'stopped' || status === 'offline'
  const said = queues === null ? null : queues.length > 0
  return {
    consumes: status === 'stopped' ? false : gone ? null : said,
    queues: (queues ?? []).map(({ name }) => name),
    said_at: at(queuesAt),
    last_task_at: at(lastTaskAt),
  }
}

function toTasks(told: Told<readonly (WorkerTask | ScheduledTask)[]> | null) {
  if (told === null) return null
  return {
    at: iso(told.at),
    total: told.value.length,
    tasks: told.value.slice(0, mostTasks).map((task) => ({
      id: task.id,
      name: task.name,
      queue: task.queue,
      started_at: at(task.timeStart),
      eta: 'eta' in task ? task.eta : null,
      pid: task.pid,
    })),
  }
}

function at(seconds: number | null): string | null {
  return seconds === null ? null : iso(new Date(seconds * 1000))
}
