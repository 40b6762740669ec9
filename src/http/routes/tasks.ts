import { BadCursor } from '../../tasks/cursor.js'
import { byStateAndTime } from '../../tasks/filter.js'
import { liveStates, taskMeta } from '../../tasks/live-state.js'
import { lostAmong } from '../../tasks/lost-tasks.js'
import { findJob, listJobs } from '../../tasks/queries.js'
import { StateCounter } from '../../tasks/state-counts.js'
import { StatisticsCounter } from '../../tasks/statistics.js'
import {
  countsAnswer,
  detailAnswer,
  errorAnswer,
  listAnswer,
  statisticsAnswer,
  typesAnswer,
} from '../answers.js'
import { scopeOf, seesAll } from '../caller.js'
import type { App, Context } from '../context.js'
import { hideDetails, hidePayload } from '../hide-payload.js'
import { iso } from '../iso.js'
import { listQuery, statisticsQuery, taskFilters, taskParams, toFilter } from '../parameters.js'
import { toBackendTask, toDetail, toTask } from '../present.js'
import { noSuchTask } from '../require-visible.js'

const defaultLimit = 100
const defaultHours = 24

/** Finding tasks and knowing about them: list, detail, statistics, types. */
export function taskRoutes(app: App, context: Context): void {
  const { db, jobsTable, rollup, backend, tasks, types, stopStore, gaps } = context
  const counter = new StateCounter(db, rollup)
  const statistics = new StatisticsCounter(db, rollup)

  app.get(
    '/api/tasks/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'List tasks',
        tags: ['tasks'],
        querystring: listQuery,
        response: { 200: listAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { query } = request
      const { limit = defaultLimit, offset = 0, order_by: order, cursor } = query
      if (cursor !== undefined && offset > 0) throw new BadCursor('offset goes without cursor')
      const filter = toFilter(query, scopeOf(request))
      const asked = new Date()
      const [page, counted] = await Promise.all([
        listJobs(db, { filter, order, limit, offset, cursor, table: jobsTable }),
        query.count === 'exact' ? counter.get(byStateAndTime(filter, jobsTable)) : null,
      ])
      const ids = page.jobs.map(({ taskId }) => taskId)
      const [live, stops, lost] = await Promise.all([
        liveStates(backend, page.jobs),
        stopStore.latestOf(ids),
        lostAmong(db, ids),
      ])
      return {
        tasks: page.jobs.map((job) =>
          hidePayload(
            request,
            toTask(job, types, stops.get(job.taskId), lost.has(job.taskId), live.get(job.taskId)),
          ),
        ),
        total: counted?.total ?? null,
        total_counted_at: counted && earlier(counted.countedAt, asked),
        limit,
        offset,
        next_cursor: page.nextCursor,
      }
    },
  )

  app.get(
    '/api/tasks/statistics/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'Count tasks by state and type',
        tags: ['tasks'],
        querystring: statisticsQuery,
        response: { 200: statisticsAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { query } = request
      const hoursAgo = query.hours_ago ?? defaultHours
      const filter = { ...toFilter(query, scopeOf(request)), hoursAgo }
      const asked = new Date()
      const counts = await statistics.get(byStateAndTime(filter, jobsTable))
      return {
        total: counts.total,
        running: counts.running,
        completed: counts.completed,
        failed: counts.failed,
        revoked: counts.revoked,
        lost: counts.lost,
        by_state: counts.byState,
        by_task_type: counts.byTaskType,
        hours_ago: hoursAgo,
        counted_at: earlier(counts.countedAt, asked),
      }
    },
  )

  app.get(
    '/api/tasks/counts/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'Count what the list would show, by state',
        tags: ['tasks'],
        querystring: taskFilters,
        response: { 200: countsAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const filter = toFilter(request.query, scopeOf(request))
      const { total, byState, countedAt } = await counter.get(byStateAndTime(filter, jobsTable))
      return { total, by_state: byState, counted_at: iso(countedAt) }
    },
  )

  app.get(
    '/api/tasks/types/',
    {
      config: { access: 'tasks:read' },
      schema: { summary: 'List task types', tags: ['tasks'], response: { 200: typesAnswer } },
    },
    async (request) => {
      const { taskTypes } = scopeOf(request)
      return { task_types: types.list().filter(({ value }) => taskTypes?.includes(value) ?? true) }
    },
  )

  app.get(
    '/api/tasks/:task_id/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'One task with its live state and history',
        tags: ['tasks'],
        params: taskParams,
        response: { 200: detailAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { task_id: taskId } = request.params
      const [job, meta] = await Promise.all([
        findJob(db, taskId, scopeOf(request)),
        taskMeta(backend, taskId),
      ])
      if (job !== undefined) {
        const [known, stops, missed] = await Promise.all([
          tasks.find(job.taskId),
          stopStore.latestOf([job.taskId]),
          gaps.within(job.createdAt, job.finishedAt ?? new Date()),
        ])
        const stop = stops.get(job.taskId)
        return hideDetails(request, toDetail(job, known?.record, meta, types, stop, missed))
      }
      // Whose it is, the backend does not know.
      if (meta !== undefined && seesAll(request)) return hideDetails(request, toBackendTask(meta, types))
      throw noSuchTask(taskId)
    },
  )
}

/** When an answer was worked out, if that was before it was asked for. */
function earlier(workedOutAt: Date, asked: Date): string | null {
  return workedOutAt < asked ? iso(workedOutAt) : null
}
