import { BadCursor } from '../../tasks/cursor.js'
import { byStateAndTime } from '../../tasks/filter.js'
import { liveStates, taskMeta } from '../../tasks/live-state.js'
import { lostAmong } from '../../tasks/lost-tasks.js'
import { findJob, listJobs } from '../../tasks/queries.js'
import { StateCounter } from '../../tasks/state-counts.js'
import { statistics } from '../../tasks/statistics.js'
import {
  countsAnswer,
  detailAnswer,
  errorAnswer,
  listAnswer,
  statisticsAnswer,
  typesAnswer,
} from '../answers.js'
import type { App, Context } from '../context.js'
import { NotFound } from '../errors.js'
import { iso } from '../iso.js'
import { listQuery, statisticsQuery, taskFilters, taskParams, toFilter } from '../parameters.js'
import { toBackendTask, toDetail, toTask } from '../present.js'

const defaultLimit = 100
const defaultHours = 24

/** Finding tasks and knowing about them: list, detail, statistics, types. */
export function taskRoutes(app: App, context: Context): void {
  const { db, jobsTable, backend, tasks, types, stopStore, gaps } = context
  const counter = new StateCounter(db)

  app.get(
    '/api/tasks/',
    {
      schema: {
        summary: 'List tasks',
        tags: ['tasks'],
        querystring: listQuery,
        response: { 200: listAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => {
      const { limit = defaultLimit, offset = 0, order_by: order, cursor } = query
      if (cursor !== undefined && offset > 0) throw new BadCursor('offset goes without cursor')
      const page = await listJobs(db, {
        filter: toFilter(query),
        order,
        limit,
        offset,
        cursor,
        counted: query.count === 'exact',
        table: jobsTable,
      })
      const ids = page.jobs.map(({ taskId }) => taskId)
      const [live, stops, lost] = await Promise.all([
        liveStates(backend, page.jobs),
        stopStore.latestOf(ids),
        lostAmong(db, ids),
      ])
      return {
        tasks: page.jobs.map((job) =>
          toTask(job, types, stops.get(job.taskId), lost.has(job.taskId), live.get(job.taskId)),
        ),
        total: page.total,
        limit,
        offset,
        next_cursor: page.nextCursor,
      }
    },
  )

  app.get(
    '/api/tasks/statistics/',
    {
      schema: {
        summary: 'Count tasks by state and type',
        tags: ['tasks'],
        querystring: statisticsQuery,
        response: { 200: statisticsAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => {
      const hoursAgo = query.hours_ago ?? defaultHours
      const counts = await statistics(db, byStateAndTime({ ...toFilter(query), hoursAgo }, jobsTable))
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
      }
    },
  )

  app.get(
    '/api/tasks/counts/',
    {
      schema: {
        summary: 'Count what the list would show, by state',
        tags: ['tasks'],
        querystring: taskFilters,
        response: { 200: countsAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => {
      const { total, byState, countedAt } = await counter.get(byStateAndTime(toFilter(query), jobsTable))
      return { total, by_state: byState, counted_at: iso(countedAt) }
    },
  )

  app.get(
    '/api/tasks/types/',
    { schema: { summary: 'List task types', tags: ['tasks'], response: { 200: typesAnswer } } },
    async () => ({ task_types: types.list() }),
  )

  app.get(
    '/api/tasks/:task_id/',
    {
      schema: {
        summary: 'One task with its live state and history',
        tags: ['tasks'],
        params: taskParams,
        response: { 200: detailAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ params }) => {
      const [job, meta] = await Promise.all([findJob(db, params.task_id), taskMeta(backend, params.task_id)])
      if (job !== undefined) {
        const [known, stops, missed] = await Promise.all([
          tasks.find(job.taskId),
          stopStore.latestOf([job.taskId]),
          gaps.within(job.createdAt, job.finishedAt ?? new Date()),
        ])
        return toDetail(job, known?.record, meta, types, stops.get(job.taskId), missed)
      }
      if (meta !== undefined) return toBackendTask(meta, types)
      throw new NotFound(`No task ${params.task_id}: neither the database nor the result backend knows it`)
    },
  )
}
