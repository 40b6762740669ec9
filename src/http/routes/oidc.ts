import { z } from 'zod'
import { NotSignedIn } from '../../access/errors.js'
import type { OidcAttempt, OidcLogin } from '../../access/oidc.js'
import { setSession } from '../access/cookie.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'

const cookie = 'crisper_oidc'
/** Seconds that somebody may take at the provider. */
const patience = 600

const attempt = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })

/** Signing in at an OpenID Connect provider; not there where none is configured. */
export function oidcRoutes(app: App, { access, basePath }: Context): void {
  const { oidc, sessions } = access
  if (oidc === null) return

  app.get(
    '/api/session/oidc/',
    {
      config: { access: 'public' },
      schema: {
        summary: 'To the provider, to sign in; then back to the page `to`',
        tags: ['access'],
        querystring: z.object({ to: z.string().max(2000).default('/') }),
        response: { 302: z.undefined(), 503: errorAnswer },
      },
    },
    async (request, reply) => {
      const begun = await oidc.begin()
      const kept = { ...begun.attempt, to: ownPath(request.query.to) }
      // Not strict: the provider's page leads back, and the cookie must come along.
      reply.setCookie(cookie, Buffer.from(JSON.stringify(kept)).toString('base64url'), {
        path: '/',
        httpOnly: true,
        sameSite: 'lax',
        secure: request.protocol === 'https',
        maxAge: patience,
      })
      return reply.redirect(begun.url.href)
    },
  )

  app.get(
    '/api/session/oidc/callback/',
    {
      config: { access: 'public', audit: { action: 'session.begin' } },
      schema: {
        summary: 'Where the provider sends people back',
        tags: ['access'],
        response: { 302: z.undefined(), 503: errorAnswer },
      },
    },
    async (request, reply) => {
      const kept = attempt.safeParse(parsed(request.cookies[cookie]))
      reply.clearCookie(cookie, { path: '/' })
      const query = request.url.split('?')[1] ?? ''
      const identity = kept.success ? await finished(oidc, query, kept.data) : null
      if (identity === null || !kept.success) return reply.redirect(`${basePath}/sign-in?failed=oidc`)
      request.identity = identity
      setSession(request, reply, await sessions.begin(identity))
      return reply.redirect(`${basePath}${kept.data.to}`)
    },
  )
}

async function finished(oidc: OidcLogin, query: string, begun: OidcAttempt) {
  return await oidc.finish(query, begun).catch((error) => {
    if (error instanceof NotSignedIn) return null
    throw error
  })
}

/** A path of ours and nothing else: whoever makes the link must not lead people elsewhere. */
function ownPath(to: string): string {
  return /^\/(?![/\\])[^\s\\]*$/.test(to) ? to : '/'
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(text ?? '', 'base64url').toString())
  } catch {
    return undefined
  }
}
