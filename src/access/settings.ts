import { z } from 'zod'
import { claimMapping } from './claims.js'
import { permissions } from './permissions.js'

const url = z.url({ protocol: /^https?$/, error: 'takes a URL that starts with https://' })
const origin = url.refine(
  (text) => new URL(text).origin === text,
  'takes origins such as https://app.example.com, without a path',
)
const header = z
  .string()
  .regex(/^[\w-]+$/, 'takes the name of a header')
  .transform((name) => name.toLowerCase())

/** `access` in crisper.yaml; docs/security.md explains each. */
export const accessSettings = z
  .strictObject({
    /** Added to viewer, operator and admin, or instead of them. */
    roles: z.record(z.string().min(1), z.array(z.enum(permissions))).default({}),
    jwt: z
      .strictObject({
        secret: z
          .string()
          .min(32, 'takes at least 32 characters: shorter ones can be guessed')
          .nullable()
          .default(null),
        jwks_url: url.nullable().default(null),
        issuer: z.string().nullable().default(null),
        audience: z.string().nullable().default(null),
        claims: claimMapping,
      })
      .refine((jwt) => (jwt.secret === null) !== (jwt.jwks_url === null), 'takes either secret or jwks_url')
      .nullable()
      .default(null),
    oidc: z
      .strictObject({
        issuer: url,
        client_id: z.string().min(1),
        client_secret: z.string().min(1).nullable().default(null),
        /** Where browsers reach Crisper. */
        public_url: url,
        scope: z.string().default('openid email profile'),
        allowed_emails: z
          .array(z.string().regex(/^(\*|[^\s@*]+)@[^\s@*]+$/, 'takes addresses, or *@example.com'))
          .nullable()
          .default(null),
        claims: claimMapping,
      })
      .nullable()
      .default(null),
    /** Only from the addresses of trusted_proxies. */
    proxy_headers: z
      .strictObject({
        user: header,
        role: header.nullable().default(null),
        tenants: header.nullable().default(null),
        companies: header.nullable().default(null),
        roles: z.record(z.string(), z.string()).default({}),
        default_role: z.string().nullable().default(null),
        unscoped_roles: z.array(z.string()).default([]),
      })
      .nullable()
      .default(null),
    session_hours: z
      .number()
      .positive()
      .max(24 * 366)
      .default(12),
    cors_origins: z.array(origin).default([]),
    /** Calls that stop something, of one identity; a bulk stop is one. */
    stops_per_minute: z.number().int().positive().default(600),
    /** Days that the audit is kept; null: for ever. */
    audit_days: z.number().int().positive().nullable().default(null),
  })
  .prefault({})

export type AccessSettings = z.output<typeof accessSettings>
