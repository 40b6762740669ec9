import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { scopeKey } from '../../access/scope.js'
import type { ViewOwner } from '../../views/store.js'
import { errorAnswer } from '../answers.js'
import { callerOf, scopeOf } from '../caller.js'
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
      config: { access: 'tasks:read' },
      schema: {
        summary: 'Your saved views, then those that others share, each by name',
        tags: ['views'],
        response: { 200: viewListAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const who = ownerOf(request)
      return { views: (await views.list(who)).map((view) => toViewAnswer(view, who.owner)) }
    },
  )

  app.post(
    '/api/views/',
    {
      config: { access: 'views:write', audit: { action: 'view.create', keep: ['name', 'page', 'shared'] } },
      schema: {
        summary: 'Save a view',
        tags: ['views'],
        body: createViewBody,
        response: { 201: viewAnswer, 400: errorAnswer, 403: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request, reply) => {
      const who = ownerOf(request)
      const { page, ...content } = request.body
      return reply.status(201).send(toViewAnswer(await views.create(who, page, content), who.owner))
    },
  )

  app.put(
    '/api/views/:id/',
    {
      config: { access: 'views:write', audit: { action: 'view.replace', keep: ['name', 'shared'] } },
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
      const who = ownerOf(request)
      return toViewAnswer(await views.replace(who, request.params.id, request.body), who.owner)
    },
  )

  app.delete(
    '/api/views/:id/',
    {
      config: { access: 'views:write', audit: { action: 'view.delete' } },
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
      await views.remove(ownerOf(request), request.params.id)
      return reply.status(204).send()
    },
  )
}

function ownerOf(request: FastifyRequest): ViewOwner {
  return { owner: callerOf(request), scopeKey: scopeKey(scopeOf(request)) }
}
