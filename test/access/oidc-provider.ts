import { once } from 'node:events'
import type { Server } from 'node:http'
import Provider from 'oidc-provider'

export interface TestProvider {
  readonly issuer: string
  stop(): Promise<void>
}

/** What the provider says of whom, by the name that they type. */
export type People = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A real OpenID Connect provider that takes any password, with one client. */
export async function startProvider(
  port: number,
  redirectUri: string,
  people: People,
): Promise<TestProvider> {
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'crisper',
        client_secret: 'told to crisper',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups', 'companies'] },
    // Else claims are only at the userinfo endpoint.
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    cookies: { keys: ['only for tests'] },
  })
  const server: Server = provider.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    issuer,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
