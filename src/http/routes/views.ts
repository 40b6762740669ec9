import { z } from 'zod'
import { errorAnswer } from '../answers.js'
import { callerOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { idParams } from '../parameters.js'
import { toViewAnswer } from '../present-view.js'
import { viewAnswer, viewListAnswer } from '../view-answers.js'
import { createViewBody, replaceViewBody } from '../view-parameters.js'

/** Saved views of the web interface: a page's state under a name. */
export function viewRoutes(app: App, { views }: Context): void {
  app.get(
    '/api/views/',
    {
      schema: {
        summary: 'Your saved views, then those that others share, each by name',
        tags: ['views'],
        response: { 200: viewListAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      return { views: (await views.list(caller)).map((view) => toViewAnswer(view, caller)) }
    },
  )

  app.post(
    '/api/views/',
    {
      schema: {
        summary: 'Save a view',
        tags: ['views'],
        body: createViewBody,
        response: { 201: viewAnswer, 400: errorAnswer, 403: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { page, ...content } = request.body
      return reply.status(201).send(toViewAnswer(await views.create(caller, page, content), caller))
    },
  )

  app.put(
    '/api/views/:id/',
    {
      schema: {
        summary: 'Replace all of a view of yours but its page',
        tags: ['views'],
        params: idParams,
        body: replaceViewBody,
        response: {
          200: viewAnswer,
          400: errorAnswer,
          403: errorAnswer,
          404: errorAnswer,
          409: errorAnswer,
          503: errorAnswer,
        },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      return toViewAnswer(await views.replace(caller, request.params.id, request.body), caller)
    },
  )

  app.delete(
    '/api/views/:id/',
    {
      schema: {
        summary: 'Delete a view of yours',
        tags: ['views'],
        params: idParams,
        response: {
          204: z.undefined().describe('It is deleted'),
          400: errorAnswer,
          403: errorAnswer,
          404: errorAnswer,
          503: errorAnswer,
        },
      },
    },
    async (request, reply) => {
      await views.remove(callerOf(request), request.params.id)
      return reply.status(204).send()
    },
  )
}
