import { z } from 'zod'
import { parseScope, toStored } from '../../access/scope.js'
import type { User } from '../../access/users.js'
import { userAnswer, userListAnswer } from '../access-answers.js'
import { grant } from '../access-parameters.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'

const createBody = z.strictObject({
  ...grant,
  password: z.string().min(12, 'takes at least 12 characters').max(1000),
})

/** People with passwords of our own, for small set-ups. */
export function userRoutes(app: App, { access }: Context): void {
  const { users, authenticator, sessions } = access

  app.get(
    '/api/users/',
    {
      config: { access: 'access:read' },
      schema: {
        summary: 'Users with passwords, by name',
        tags: ['access'],
        response: { 200: userListAnswer, 503: errorAnswer },
      },
    },
    async () => ({ users: (await users.list()).map(toUserAnswer) }),
  )

  app.post(
    '/api/users/',
    {
      config: { access: 'access:manage', audit: { action: 'user.create', keep: ['name', 'role', 'scope'] } },
      schema: {
        summary: 'Make a user',
        tags: ['access'],
        body: createBody,
        response: { 201: userAnswer, 400: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request, reply) => {
      const { name, password, role, scope } = request.body
      const user = await users.create(name, password, role, parseScope(scope))
      authenticator.require()
      return reply.status(201).send(toUserAnswer(user))
    },
  )

  app.post(
    '/api/users/:name/disable/',
    {
      config: { access: 'access:manage', audit: { action: 'user.disable' } },
      schema: {
        summary: 'Let a user in no more: at once, sessions included',
        tags: ['access'],
        params: z.object({ name: grant.name }),
        response: { 200: userAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const user = await users.disable(request.params.name)
      await sessions.endAllOf(`user:${user.name}`)
      return toUserAnswer(user)
    },
  )
}

function toUserAnswer(user: User): z.output<typeof userAnswer> {
  return {
    name: user.name,
    role: user.role,
    scope: toStored(user.scope),
    created_at: iso(user.createdAt),
    disabled_at: iso(user.disabledAt),
  }
}
