import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'

/** How JSON Web Tokens of the existing application are checked. */
export interface JwtSettings {
  /** Shared with the application: HS256 and its kin. */
  readonly secret: string | null
  /** Where its public keys are. */
  readonly jwksUrl: string | null
  readonly issuer: string | null
  readonly audience: string | null
}

/** The keys could not be fetched: nobody's token can be checked, which is not the caller's fault. */
export class KeysUnreachable extends Error {
  override readonly name = 'KeysUnreachable'
}

const symmetric = ['HS256', 'HS384', 'HS512']
const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** Milliseconds after which keys are fetched again for a token with a key that is not among them. */
const newKeysMs = 1000
/** Seconds by which clocks may differ. */
const clockTolerance = 30

/**
 * Checks signature, time, issuer and audience; the algorithms are those of the kind of key, so that a public key is never
 * taken for a secret, and `none` for nothing. Resolves with undefined where any is wrong; rejects with KeysUnreachable.
 */
export function jwtReader(settings: JwtSettings): (token: string) => Promise<JWTPayload | undefined> {
  const { secret, jwksUrl, issuer, audience } = settings
  const checks = {
    clockTolerance,
    requiredClaims: ['exp'],
    ...(issuer !== null && { issuer }),
    ...(audience !== null && { audience }),
  }
  const verify = verifierOf(secret, jwksUrl, checks)
  return async (token) => {
    try {
      return await verify(token)
    } catch (error) {
      if (isOutage(error))
        throw new KeysUnreachable(`The keys of ${jwksUrl} can't be fetched.`, { cause: error })
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }
}

function verifierOf(
  secret: string | null,
  jwksUrl: string | null,
  checks: object,
): (token: string) => Promise<JWTPayload> {
  if (secret !== null) {
    const key = new TextEncoder().encode(secret)
    return async (token) => (await jwtVerify(token, key, { ...checks, algorithms: symmetric })).payload
  }
  const keys = createRemoteJWKSet(new URL(jwksUrl ?? ''), { cooldownDuration: newKeysMs })
  return async (token) => (await jwtVerify(token, keys, { ...checks, algorithms: asymmetric })).payload
}

/** What `fetch` itself throws, and jose where no answer or none that is good came. */
function isOutage(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof TypeError) return true
  return error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC'
}
