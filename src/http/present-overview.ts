import type { z } from 'zod'
import type { Overview, Totals } from '../tasks/overview.js'
import type { TaskTypes } from '../tasks/task-types.js'
import { iso } from './iso.js'
import type { overviewAnswer } from './overview-answer.js'

export function toOverview(overview: Overview, types: TaskTypes): z.output<typeof overviewAnswer> {
  const { window } = overview
  return {
    computed_at: iso(overview.computedAt),
    from: iso(window.from),
    to: iso(window.to),
    bucket_seconds: overview.bucketSeconds,
    times_exact: overview.timesExact,
    names_exact: overview.namesExact,
    points: overview.points.map(({ from, to, ...counts }) => ({ at: iso(from), until: iso(to), ...counts })),
    totals: toTotals(overview.totals),
    previous: toTotals(overview.previous),
    by_type: overview.byType.map(({ key, ...totals }) => ({
      key,
      display: types.display(key),
      ...toTotals(totals),
    })),
    by_company: overview.byCompany.map(({ key, ...totals }) => ({ key, ...toTotals(totals) })),
    slowest: overview.slowest.map(({ taskName, total, run, previousRunP95 }) => ({
      task_name: taskName,
      total,
      run,
      previous_run_p95: previousRunP95,
    })),
    failing: overview.failing.map(({ taskName, total, failed, ...rest }) => ({
      task_name: taskName,
      total,
      failed,
      failure_rate: rest.failureRate,
      previous_failed: rest.previousFailed,
      previous_total: rest.previousTotal,
    })),
  }
}

function toTotals({ failureRate, ...counts }: Totals) {
  return { ...counts, failure_rate: failureRate }
}
