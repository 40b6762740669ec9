import { CommanderError } from 'commander'
import { BadUrl, BrokerUnreachable } from '../celery/errors.js'
import { BadConfig } from '../config.js'
import { isTransient } from '../db/connect.js'
import { BadJobsTable } from '../db/jobs-table/jobs-table.js'
import { NothingToDelete, RunGoesOn } from '../retention/errors.js'
import { BadOwnerPath } from '../tasks/ownership.js'
import { ApiError, CrisperUnreachable } from './client.js'
import { printable } from './printable.js'
import { WrongUsage } from './usage.js'

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  unconfirmed: 5,
} as const

/** From the worst to the best. What we know least about comes first. */
export const severity: readonly number[] = [
  exitCodes.failed,
  exitCodes.unreachable,
  exitCodes.usage,
  exitCodes.refused,
  exitCodes.unconfirmed,
]

/** The exit code of a command that did several things. */
export function worst(codes: readonly number[]): number {
  return severity.find((code) => codes.includes(code)) ?? exitCodes.ok
}

/** Prints one line about an error and sets the exit code. A fault of ours shows its stack. */
export function failWith(error: unknown): void {
  // Help that was asked for, or wrong usage: commander has printed it.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return
  }
  tell(error)
  process.exitCode = exitCodeOf(error)
}

/** Prints one line about an error. `about`: what it is about, where several things were asked for. */
export function tell(error: unknown, about?: string): void {
  const told = isTransient(error) ? `the database can't be reached: ${messageOf(error)}` : messageOf(error)
  const isOurs = exitCodeOf(error) === exitCodes.failed
  const stack = isOurs && process.env.CRISPER_DEBUG && error instanceof Error ? `\n${error.stack}` : ''
  const wayOut = error instanceof WrongUsage ? '\n(crisper COMMAND --help explains)' : ''
  console.error(`crisper: ${about === undefined ? '' : `${printable(about)}: `}${told}${stack}${wayOut}`)
}

const usageErrors = [BadConfig, BadJobsTable, BadUrl, BadOwnerPath, WrongUsage]

export function exitCodeOf(error: unknown): number {
  if (usageErrors.some((type) => error instanceof type)) return exitCodes.usage
  if (error instanceof BrokerUnreachable || error instanceof CrisperUnreachable) return exitCodes.unreachable
  if (isTransient(error)) return exitCodes.unreachable
  if (error instanceof NothingToDelete || error instanceof RunGoesOn) return exitCodes.refused
  if (error instanceof ApiError) {
    if (error.status === 400) return exitCodes.usage
    if (error.status === 503) return exitCodes.unreachable
    return error.status < 500 ? exitCodes.refused : exitCodes.failed
  }
  return exitCodes.failed
}

/** Node reports a host with several addresses as one error for all of them, with an empty message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
