import { isTransient } from '../../db/connect.js'
import type { StopOrder } from '../../stops/engine.js'
import { TaskFinished } from '../../stops/errors.js'
import { findJob } from '../../tasks/queries.js'
import { notStoppedAnswer, stoppedAnswer } from '../answers.js'
import type { App, Context } from '../context.js'
import { problemOf } from '../errors.js'
import { stopBody, stopParams } from '../parameters.js'

/** Stopping one task. */
export function stopRoutes(app: App, { db, stops }: Context): void {
  app.post(
    '/api/tasks/:task_id/stop/',
    {
      schema: {
        summary:
          'Stop a task: soft (it is not started, or finishes and is not run again) or hard (terminated)',
        tags: ['stops'],
        params: stopParams,
        body: stopBody,
        response: { 200: stoppedAnswer, 409: notStoppedAnswer, 503: notStoppedAnswer },
      },
    },
    async (request, reply) => {
      const taskId = request.params.task_id
      const hard = request.body?.hard ?? false
      const order: StopOrder = {
        mode: hard ? 'hard' : 'soft',
        by: `anonymous (${request.ip})`,
        reason: request.body?.reason ?? null,
      }
      try {
        const { stop, message } = await stops.request(taskId, order)
        const job = await findJob(db, taskId)
        return {
          success: true as const,
          task_id: taskId,
          action: hard ? ('hard_stop' as const) : ('soft_stop' as const),
          message,
          state: job?.state ?? null,
          stop: { id: stop.id, status: stop.status, known: stop.known },
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
