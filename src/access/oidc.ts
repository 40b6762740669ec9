import * as client from 'openid-client'
import { isLoopback } from '../loopback.js'
import { type ClaimMapping, identityOf, UnusableClaims } from './claims.js'
import { NotSignedIn } from './errors.js'
import type { Identity } from './identity.js'
import type { Roles } from './roles.js'
import { isAllowedEmail } from './verified-email.js'

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | null
  /** Where browsers reach Crisper; `/api/session/oidc/callback/` below it is the redirect URI. */
  readonly publicUrl: string
  readonly scope: string
  readonly claims: ClaimMapping
  /** Whole addresses, or `*@example.com`; null lets in everybody whom the provider knows. */
  readonly allowedEmails: readonly string[] | null
}

/** What the browser keeps from the beginning of a sign-in to its end. */
export interface OidcAttempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** The provider does not answer, or not as one. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable'
}

/** Sign-in of people at an OpenID Connect provider: authorization code with PKCE, everything else discovered. */
export class OidcLogin {
  readonly #settings: OidcSettings
  readonly #roles: Roles
  #configuration: Promise<client.Configuration> | undefined

  constructor(settings: OidcSettings, roles: Roles) {
    this.#settings = settings
    this.#roles = roles
  }

  /** Where to send the browser. Rejects with ProviderUnreachable. */
  async begin(): Promise<{ readonly url: URL; readonly attempt: OidcAttempt }> {
    const configuration = await this.#discovered()
    const verifier = client.randomPKCECodeVerifier()
    const attempt = { state: client.randomState(), nonce: client.randomNonce(), verifier }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: this.#settings.scope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: attempt.state,
      nonce: attempt.nonce,
    })
    return { url, attempt }
  }

  /** Who came back; `query` is that of the callback. Rejects with NotSignedIn, ProviderUnreachable. */
  async finish(query: string, { state, nonce, verifier }: OidcAttempt): Promise<Identity> {
    const configuration = await this.#discovered()
    const callback = new URL(`${this.#redirectUri}?${query}`)
    const claims = await client
      .authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      .then((tokens) => tokens.claims())
      .catch((error) => {
        throw new NotSignedIn('The provider did not confirm the sign-in.', { cause: error })
      })
    return this.#identityOf(claims ?? {})
  }

  get #redirectUri(): string {
    return `${this.#settings.publicUrl.replace(/\/$/, '')}/api/session/oidc/callback/`
  }

  #identityOf(claims: Readonly<Record<string, unknown>>): Identity {
    const { allowedEmails, claims: mapping } = this.#settings
    if (allowedEmails !== null && !isAllowedEmail(claims, allowedEmails)) {
      throw new NotSignedIn('Your e-mail address is not among those that are let in, or not verified.')
    }
    try {
      return identityOf('oidc', claims, mapping, this.#roles)
    } catch (error) {
      if (!(error instanceof UnusableClaims)) throw error
      throw new NotSignedIn('You are known, but not what you may do here: ask who runs Crisper.', {
        cause: error,
      })
    }
  }

  /** Once; tried again after a failure. */
  #discovered(): Promise<client.Configuration> {
    this.#configuration ??= this.#discover().catch((error) => {
      this.#configuration = undefined
      throw new ProviderUnreachable(`The provider ${this.#settings.issuer} can't be reached.`, {
        cause: error,
      })
    })
    return this.#configuration
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings
    const url = new URL(issuer)
    const authentication = clientSecret === null ? client.None() : client.ClientSecretPost(clientSecret)
    // On this machine alone plain HTTP gives nothing away.
    const plain = url.protocol === 'http:' && isLoopback(url.hostname)
    return await client.discovery(url, clientId, undefined, authentication, {
      ...(plain && { execute: [client.allowInsecureRequests] }),
    })
  }
}
