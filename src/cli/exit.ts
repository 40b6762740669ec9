import { CommanderError } from 'commander'
import { BadUrl, BrokerUnreachable } from '../celery/errors.js'
import { BadConfig } from '../config.js'
import { isTransient } from '../db/connect.js'
import { BadOwnerPath } from '../tasks/ownership.js'
import { ApiError, CrisperUnreachable } from './client.js'

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  unconfirmed: 5,
} as const

/** Prints one line about an error and sets the exit code. A fault of ours shows its stack. */
export function failWith(error: unknown): void {
  // Help that was asked for, or wrong usage: commander has printed it.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return
  }
  const code = codeOf(error)
  const told = isTransient(error) ? `the database can't be reached: ${messageOf(error)}` : messageOf(error)
  const stack = code === exitCodes.failed && process.env.CRISPER_DEBUG ? `\n${(error as Error).stack}` : ''
  console.error(`crisper: ${told}${stack}`)
  process.exitCode = code
}

const usageErrors = [BadConfig, BadUrl, BadOwnerPath]

function codeOf(error: unknown): number {
  if (usageErrors.some((type) => error instanceof type)) return exitCodes.usage
  if (error instanceof BrokerUnreachable || error instanceof CrisperUnreachable) return exitCodes.unreachable
  if (isTransient(error)) return exitCodes.unreachable
  if (error instanceof ApiError) {
    if (error.status === 400) return exitCodes.usage
    if (error.status === 503) return exitCodes.unreachable
    return error.status < 500 ? exitCodes.refused : exitCodes.failed
  }
  return exitCodes.failed
}

/** Node reports a host with several addresses as one error for all of them, with an empty message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
