import { Counter, Gauge, type Registry } from 'prom-client'
import { deletedTasks } from '../retention/run.js'
import type { PastRun } from '../retention/run-store.js'

/** What this Crisper deleted since start, and when it last looked at all there is. */
export class RetentionMetrics {
  readonly #deleted: Counter<'what'>
  readonly #archived: Counter
  readonly #failed: Counter
  readonly #lastRun: Gauge

  constructor(registry: Registry) {
    const registers = [registry]
    this.#deleted = new Counter({
      name: 'crisper_retention_deleted_total',
      help: 'Tasks and stops that were deleted since they were older than they are kept.',
      labelNames: ['what'],
      registers,
    })
    this.#archived = new Counter({
      name: 'crisper_retention_archived_bytes_total',
      help: 'Bytes of the files of the archive, compressed.',
      registers,
    })
    this.#failed = new Counter({
      name: 'crisper_retention_failed_runs_total',
      help: 'Runs that ended with a problem.',
      registers,
    })
    this.#lastRun = new Gauge({
      name: 'crisper_retention_last_run_timestamp_seconds',
      help: 'When a run of this Crisper last ended that had looked at all there is.',
      registers,
    })
    // It says 0 else: it is left out until it is known.
    this.#lastRun.remove()
  }

  onEnded({ progress, through, problem, endedAt }: PastRun): void {
    this.#deleted.inc({ what: 'tasks' }, deletedTasks(progress))
    this.#deleted.inc({ what: 'stops' }, progress.stops)
    this.#archived.inc(progress.archivedBytes)
    if (problem !== null) this.#failed.inc()
    if (through && endedAt !== null) this.#lastRun.set(endedAt.getTime() / 1000)
  }
}
