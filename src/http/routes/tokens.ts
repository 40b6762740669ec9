import { z } from 'zod'
import { parseScope, toStored } from '../../access/scope.js'
import type { Token } from '../../access/tokens.js'
import { newTokenAnswer, tokenAnswer, tokenListAnswer } from '../access-answers.js'
import { grant } from '../access-parameters.js'
import { errorAnswer } from '../answers.js'
import { callerOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'

const createBody = z.strictObject({
  ...grant,
  expires_at: z.iso
    .datetime({ offset: true, error: 'takes an ISO 8601 time, such as 2027-01-31T00:00:00Z' })
    .transform((text) => new Date(text))
    .refine((date) => date > new Date(), 'takes a time to come')
    .nullable()
    .default(null),
})

/** Tokens of the API. */
export function tokenRoutes(app: App, { access }: Context): void {
  const { tokens, roles, authenticator, sessions } = access

  app.get(
    '/api/tokens/',
    {
      config: { access: 'access:read' },
      schema: {
        summary: 'Tokens, newest first, without their secrets',
        tags: ['access'],
        response: { 200: tokenListAnswer, 503: errorAnswer },
      },
    },
    async () => ({ tokens: (await tokens.list()).map(toTokenAnswer), roles: roles.names }),
  )

  app.post(
    '/api/tokens/',
    {
      config: {
        access: 'access:manage',
        audit: { action: 'token.create', keep: ['name', 'role', 'scope', 'expires_at'] },
      },
      schema: {
        summary: 'Make a token; its secret is told once',
        tags: ['access'],
        body: createBody,
        response: { 201: newTokenAnswer, 400: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request, reply) => {
      const { name, role, scope, expires_at: expiresAt } = request.body
      const made = await tokens.create({
        name,
        role,
        scope: parseScope(scope),
        expiresAt,
        by: callerOf(request),
      })
      authenticator.require()
      return reply
        .status(201)
        .header('cache-control', 'no-store')
        .send({ ...toTokenAnswer(made.token), token: made.secret })
    },
  )

  app.post(
    '/api/tokens/:id/revoke/',
    {
      config: { access: 'access:manage', audit: { action: 'token.revoke' } },
      schema: {
        summary: 'Revoke a token, by its id or name: at once, and for good',
        tags: ['access'],
        params: z.object({ id: z.string().max(100) }),
        response: { 200: tokenAnswer, 404: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const token = await tokens.revoke(request.params.id)
      await sessions.endAllOf(`token:${token.name}`)
      return toTokenAnswer(token)
    },
  )
}

function toTokenAnswer(token: Token): z.output<typeof tokenAnswer> {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    scope: toStored(token.scope),
    created_at: iso(token.createdAt),
    created_by: token.createdBy,
    expires_at: iso(token.expiresAt),
    revoked_at: iso(token.revokedAt),
    last_used_at: iso(token.lastUsedAt),
  }
}
