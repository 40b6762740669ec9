import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { detailAnswer, taskAnswer } from './answers.js'
import { seesPayload } from './caller.js'

type Task = z.output<typeof taskAnswer>
type Detail = z.output<typeof detailAnswer>

/** For a list: without the permission, null stands for the payload of a task, and `payload_hidden` says why. */
export function hidePayload(request: FastifyRequest, task: Task): Task {
  if (seesPayload(request)) return task
  return {
    ...task,
    result: null,
    error: null,
    ...('live_info' in task && { live_info: null }),
    payload_hidden: true,
  }
}

/** The same of a task's whole history. What happened stays; the words of exceptions and of custom events are payload. */
export function hideDetails(request: FastifyRequest, task: Detail): Detail {
  if (seesPayload(request)) return task
  if (!task.in_db) return { ...task, result: null, error: null, payload_hidden: true }
  return {
    ...task,
    result: null,
    error: null,
    live_info: null,
    args: null,
    kwargs: null,
    result_repr: null,
    traceback: null,
    attempts: task.attempts.map((attempt) => ({ ...attempt, exception: null })),
    timeline: task.timeline.map(({ exception, note, ...entry }) => ({
      ...entry,
      ...(entry.type.startsWith('stop') && note !== undefined && { note }),
    })),
    payload_hidden: true,
  }
}
