import { isTransient } from '../../db/connect.js'
import { TaskFinished } from '../../stops/errors.js'
import { findJob } from '../../tasks/queries.js'
import { errorAnswer } from '../answers.js'
import { callerOf, scopeOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { problemOf } from '../errors.js'
import { toPreviewAnswer, toStopAnswer } from '../present-stop.js'
import { requireVisible } from '../require-visible.js'
import { notStoppedAnswer, previewAnswer, stoppedAnswer } from '../stop-answers.js'
import { previewQuery, stopBody, stopParams, toOrder } from '../stop-parameters.js'

/** Stopping one task, and what that would do. */
export function stopRoutes(app: App, { db, stops, escalateAfter }: Context): void {
  app.get(
    '/api/tasks/:task_id/stop-preview/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'What a stop would do to this task now',
        tags: ['stops'],
        params: stopParams,
        querystring: previewQuery,
        response: { 200: previewAnswer, 400: errorAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { task_id: taskId } = request.params
      await requireVisible(request, db, taskId)
      return toPreviewAnswer(taskId, request.query.hard, await stops.preview(taskId))
    },
  )

  app.post(
    '/api/tasks/:task_id/stop/',
    {
      config: {
        access: 'tasks:stop',
        audit: { action: 'task.stop', keep: ['hard', 'reason', 'signal', 'escalate_after', 'cooperative'] },
      },
      schema: {
        summary:
          'Stop a task: soft (it is not started, or finishes and is not run again) or hard (terminated)',
        tags: ['stops'],
        params: stopParams,
        body: stopBody,
        response: {
          200: stoppedAnswer,
          400: errorAnswer,
          404: errorAnswer,
          409: notStoppedAnswer,
          503: notStoppedAnswer,
        },
      },
    },
    async (request, reply) => {
      const taskId = request.params.task_id
      const order = toOrder(request.body, callerOf(request), escalateAfter)
      await requireVisible(request, db, taskId)
      try {
        const { stop, message } = await stops.request(taskId, order)
        const job = await findJob(db, taskId, scopeOf(request))
        return {
          success: true as const,
          task_id: taskId,
          action: order.mode === 'hard' ? ('hard_stop' as const) : ('soft_stop' as const),
          message,
          state: job?.state ?? null,
          stop: toStopAnswer(stop),
        }
      } catch (error) {
        const { status, message } = problemOf(error)
        if (status !== 409 && status !== 503) throw error
        if (isTransient(error)) request.log.error({ err: error }, 'the database is away')
        const state = error instanceof TaskFinished ? { state: error.state } : {}
        return reply.status(status).send({ success: false, task_id: taskId, error: message, ...state })
      }
    },
  )
}
