import { Audit } from '../access/audit.js'
import { Authenticator } from '../access/authenticator.js'
import { type ClaimMapping, claimMapping } from '../access/claims.js'
import { jwtReader } from '../access/jwt.js'
import { OidcLogin } from '../access/oidc.js'
import { Roles } from '../access/roles.js'
import { SessionStore } from '../access/sessions.js'
import type { AccessSettings } from '../access/settings.js'
import { TokenStore } from '../access/tokens.js'
import { UserStore } from '../access/users.js'
import { BadConfig, type Config } from '../config.js'
import type { DatabaseConnection } from '../db/connect.js'
import type { ProxyHeaders } from '../http/access/proxy-headers.js'
import type { Access } from '../http/context.js'
import type { Log } from '../tasks/log.js'
import { addressList } from './address-list.js'

/** The parts that say who may ask, from the configuration. Throws BadConfig. */
export function openAccess(config: Config, db: DatabaseConnection['db'], log: Log): Access {
  const { access, trusted_proxies: proxies, read_only: readOnly } = config
  const roles = new Roles(access.roles)
  checkRoles(access, roles)
  const [tokens, users] = [new TokenStore(db, roles), new UserStore(db, roles)]
  const sessions = new SessionStore(db, roles, access.session_hours)
  return {
    roles,
    tokens,
    users,
    sessions,
    readOnly,
    stopsPerMinute: access.stops_per_minute,
    audit: new Audit(db),
    oidc: access.oidc && oidcOf(access.oidc, roles),
    proxyHeaders: proxyHeadersOf(access, proxies),
    authenticator: new Authenticator({
      roles,
      tokens,
      users,
      sessions,
      jwt: access.jwt && jwtOf(access.jwt),
      proxyClaims: access.proxy_headers && proxyMapping(access.proxy_headers),
      configured: access.jwt !== null || access.oidc !== null || access.proxy_headers !== null,
      log,
    }),
  }
}

function jwtOf(jwt: NonNullable<AccessSettings['jwt']>) {
  const { secret, jwks_url: jwksUrl, issuer, audience, claims } = jwt
  return { read: jwtReader({ secret, jwksUrl, issuer, audience }), claims }
}

function oidcOf(oidc: NonNullable<AccessSettings['oidc']>, roles: Roles): OidcLogin {
  return new OidcLogin(
    {
      issuer: oidc.issuer,
      clientId: oidc.client_id,
      clientSecret: oidc.client_secret,
      publicUrl: oidc.public_url,
      scope: oidc.scope,
      claims: oidc.claims,
      allowedEmails: oidc.allowed_emails,
    },
    roles,
  )
}

function proxyHeadersOf(
  { proxy_headers: headers }: AccessSettings,
  proxies: readonly string[],
): ProxyHeaders | null {
  if (headers === null) return null
  if (proxies.length === 0) {
    throw new BadConfig(
      'access.proxy_headers: name the proxy in trusted_proxies, or anybody could send these headers',
    )
  }
  const { user, role, tenants, companies } = headers
  return { user, role, tenants, companies, isProxy: addressList(proxies) }
}

/** The headers become claims of our own names (src/http/access/proxy-headers.ts). */
function proxyMapping(headers: NonNullable<AccessSettings['proxy_headers']>): ClaimMapping {
  const named = (name: 'tenants' | 'companies') => (headers[name] === null ? null : name)
  const { roles, default_role, unscoped_roles } = headers
  return claimMapping.parse({
    user: 'user',
    role: 'role',
    tenants: named('tenants'),
    companies: named('companies'),
    roles,
    default_role,
    unscoped_roles,
  })
}

/** A role that does not exist would only be noticed by whoever can't get in. */
function checkRoles({ jwt, oidc, proxy_headers: headers }: AccessSettings, roles: Roles): void {
  for (const [name, mapping] of [
    ['jwt.claims', jwt?.claims],
    ['oidc.claims', oidc?.claims],
    ['proxy_headers', headers],
  ] as const) {
    if (!mapping) continue
    const named = [...Object.values(mapping.roles), ...mapping.unscoped_roles, mapping.default_role]
    const wrong = named.find((role) => role !== null && !roles.names.includes(role))
    if (typeof wrong === 'string') {
      throw new BadConfig(
        `access.${name}: there is no role ${wrong}: take one of ${roles.names.join(', ')}, or define it in access.roles`,
      )
    }
  }
}
