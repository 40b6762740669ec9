import { z } from 'zod'
import { NotSignedIn } from '../../access/errors.js'
import { allowed, type Identity } from '../../access/identity.js'
import { toStored } from '../../access/scope.js'
import { clearSession, sessionOf, setSession } from '../access/cookie.js'
import { identify } from '../access/guard.js'
import { sessionAnswer } from '../access-answers.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'

const signInBody = z.union(
  [
    z.strictObject({ token: z.string().max(10_000) }),
    z.strictObject({ user: z.string().max(200), password: z.string().max(1000) }),
  ],
  'takes {"token": …} or {"user": …, "password": …}',
)

/** Who you are, signing in and out. */
export function sessionRoutes(app: App, context: Context): void {
  const { authenticator, sessions, users, readOnly, oidc } = context.access

  app.get(
    '/api/session/',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Who you are, what you may, and how one signs in here',
        tags: ['access'],
        response: { 200: sessionAnswer, 429: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const identity = await identify(request, context).catch((error) => {
        if (error instanceof NotSignedIn) return null
        throw error
      })
      return {
        identity: identity && toIdentityAnswer(identity, readOnly),
        read_only: readOnly,
        sign_in: {
          required: await authenticator.required(),
          password: await users.exist(),
          oidc: oidc !== null,
        },
      }
    },
  )

  app.post(
    '/api/session/',
    {
      config: { access: 'public', audit: { action: 'session.begin' } },
      schema: {
        summary: 'Sign in, for a browser: with a token, or as a user with a password',
        tags: ['access'],
        body: signInBody,
        response: { 200: sessionAnswer.shape.identity, 400: errorAnswer, 401: errorAnswer, 429: errorAnswer },
      },
    },
    async (request, reply) => {
      const { body, ip } = request
      request.identity =
        'token' in body
          ? await authenticator.identify({ address: ip, bearer: body.token })
          : await authenticator.signIn(body.user, body.password, ip)
      const old = sessionOf(request)
      if (old !== undefined) await sessions.end(old)
      setSession(request, reply, await sessions.begin(request.identity))
      return toIdentityAnswer(request.identity, readOnly)
    },
  )

  app.delete(
    '/api/session/',
    {
      config: { access: 'signed-in', audit: { action: 'session.end' } },
      schema: {
        summary: 'Sign out',
        tags: ['access'],
        response: { 204: z.undefined().describe('You are signed out') },
      },
    },
    async (request, reply) => {
      const session = sessionOf(request)
      if (session !== undefined) await sessions.end(session)
      clearSession(request, reply)
      return reply.status(204).send()
    },
  )
}

function toIdentityAnswer(
  identity: Identity,
  readOnly: boolean,
): NonNullable<z.output<typeof sessionAnswer>['identity']> {
  const { kind, name, role, scope } = identity
  return { kind, name, role, permissions: allowed(identity, readOnly), scope: toStored(scope) }
}
