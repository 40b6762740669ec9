import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import {
  NameInUse,
  NoSuchRole,
  NoSuchToken,
  NoSuchUser,
  NotAllowed,
  NotSignedIn,
  TooManyAttempts,
} from '../access/errors.js'
import { KeysUnreachable } from '../access/jwt.js'
import { ProviderUnreachable } from '../access/oidc.js'
import { NoSuchChannel, NoSuchRule, RuleNameTaken, TooManyRules } from '../alerts/errors.js'
import {
  BrokerUnreachable,
  CannotAbort,
  QueueUnreadable,
  ResultBackendUnreachable,
} from '../celery/errors.js'
import { isTransient } from '../db/connect.js'
import { NoSuchWorker, UnexpectedWorkers } from '../fleet/errors.js'
import { NoSuchPurge, NotConfirmed, PurgeGoesOn } from '../fleet/purge.js'
import { NothingToDelete, RunGoesOn } from '../retention/errors.js'
import {
  BadStopOrder,
  CannotTerminate,
  NoSuchBatch,
  NoSuchStop,
  NotCancellable,
  TaskFinished,
  UnexpectedCount,
} from '../stops/errors.js'
import { BadCursor } from '../tasks/cursor.js'
import { BadWindow, OverviewTooSlow } from '../tasks/overview-errors.js'
import { NameTaken, NoSuchView, NotYourView, TooManyViews } from '../views/errors.js'
import { challenge } from './access/challenge.js'

/** There is no such thing. */
export class NotFound extends Error {
  override readonly name = 'NotFound'
}

/** The one table of domain errors and their HTTP status; the message is told to the caller. */
const statuses: readonly (readonly [new (...args: never[]) => Error, number])[] = [
  [BadCursor, 400],
  [BadWindow, 400],
  [BadStopOrder, 400],
  [NoSuchRole, 400],
  [NoSuchChannel, 400],
  [NotSignedIn, 401],
  [NotAllowed, 403],
  [NotConfirmed, 400],
  [NotYourView, 403],
  [NotFound, 404],
  [NoSuchStop, 404],
  [NoSuchBatch, 404],
  [NoSuchView, 404],
  [NoSuchToken, 404],
  [NoSuchUser, 404],
  [NoSuchWorker, 404],
  [NoSuchPurge, 404],
  [NoSuchRule, 404],
  [TaskFinished, 409],
  [PurgeGoesOn, 409],
  [QueueUnreadable, 409],
  [CannotAbort, 409],
  [CannotTerminate, 409],
  [NotCancellable, 409],
  [UnexpectedCount, 409],
  [UnexpectedWorkers, 409],
  [NameTaken, 409],
  [NameInUse, 409],
  [RuleNameTaken, 409],
  [TooManyRules, 409],
  [NothingToDelete, 409],
  [RunGoesOn, 409],
  [TooManyViews, 409],
  [TooManyAttempts, 429],
  [BrokerUnreachable, 503],
  [ResultBackendUnreachable, 503],
  [OverviewTooSlow, 503],
  [KeysUnreachable, 503],
  [ProviderUnreachable, 503],
]

export interface Problem {
  readonly status: number
  readonly message: string
}

/** What a caller is told about an error. What is our own fault is told without its details. */
export function problemOf(error: unknown): Problem {
  for (const [type, status] of statuses) {
    if (error instanceof type) return { status, message: error.message }
  }
  if (isTransient(error))
    return { status: 503, message: `The database can't be reached: ${messageOf(error)}` }
  if (isBadData(error))
    return { status: 400, message: `A value is not one the database takes: ${messageOf(error)}` }
  if (hasZodFastifySchemaValidationErrors(error)) return { status: 400, message: validationMessage(error) }
  const status = statusOf(error)
  if (status !== undefined && status < 500) return { status, message: messageOf(error) }
  return { status: 500, message: 'Crisper failed; its log says more.' }
}

export function sendProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { status, message } = problemOf(error)
  if (status >= 500) request.log.error({ err: error }, 'request failed')
  if (status === 401) challenge(reply)
  if (error instanceof TooManyAttempts) reply.header('retry-after', error.retryAfter)
  void reply.status(status).send({ error: message })
}

interface ValidationIssues {
  readonly validationContext?: string
  readonly validation: readonly { readonly instancePath: string; readonly message?: string | undefined }[]
}

/** "limit takes a whole number from 0 to 10000". */
function validationMessage(error: ValidationIssues): string {
  const [issue] = error.validation
  const parameter = issue?.instancePath.replace(/^\//, '').split('/')[0]
  return `${parameter || error.validationContext || 'body'} ${issue?.message ?? 'is not valid'}`
}

/** PostgreSQL's class 22: a value out of range or in a form that it does not read. */
function isBadData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^22/.test(String(error.code))
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  return typeof error.statusCode === 'number' ? error.statusCode : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
