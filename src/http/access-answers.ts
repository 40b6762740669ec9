import { z } from 'zod'
import { permissions } from '../access/permissions.js'
import { scopeSchema } from '../access/scope.js'

/** What the API answers about who may do what, and who did. */

const time = z.string().nullable().describe('ISO 8601, UTC')

const scope = scopeSchema.describe('Lists that narrow what is seen; null does not')

export const sessionAnswer = z.object({
  identity: z
    .object({
      kind: z.string(),
      name: z.string(),
      role: z.string(),
      permissions: z.array(z.enum(permissions)),
      scope,
    })
    .nullable()
    .describe('null: sign in first'),
  read_only: z.boolean(),
  sign_in: z.object({
    required: z.boolean(),
    password: z.boolean().describe('There are users with passwords'),
    oidc: z.boolean().describe('GET /api/session/oidc/ leads to the provider'),
  }),
})

export const tokenAnswer = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  scope,
  created_at: time,
  created_by: z.string(),
  expires_at: time,
  revoked_at: time,
  last_used_at: time.describe('To the minute'),
})

export const newTokenAnswer = tokenAnswer.extend({
  token: z.string().describe('The token itself: only told now'),
})

export const tokenListAnswer = z.object({
  tokens: z.array(tokenAnswer),
  roles: z.array(z.string()).describe('What a token may be given'),
})

export const userAnswer = z.object({
  name: z.string(),
  role: z.string(),
  scope,
  created_at: time,
  disabled_at: time,
})

export const userListAnswer = z.object({ users: z.array(userAnswer) })

const auditEntry = z.object({
  seq: z.number(),
  at: z.string().describe('ISO 8601, UTC'),
  who: z.string(),
  address: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  status: z.number().describe('HTTP status of the answer'),
  hash: z.string().describe('SHA-256 over the hash of the entry before and this one'),
})

export const auditAnswer = z.object({
  entries: z.array(auditEntry),
  next_cursor: z.string().nullable(),
})
