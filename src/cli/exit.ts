import { BadUrl, BrokerUnreachable } from '../celery/errors.js'
import { BadConfig } from '../config.js'
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
  const code = codeOf(error)
  const told = error instanceof Error ? error.message : String(error)
  const stack = code === exitCodes.failed && process.env.CRISPER_DEBUG ? `\n${(error as Error).stack}` : ''
  console.error(`crisper: ${told}${stack}`)
  process.exitCode = code
}

const usageErrors = [BadConfig, BadUrl, BadOwnerPath]

function codeOf(error: unknown): number {
  if (usageErrors.some((type) => error instanceof type)) return exitCodes.usage
  if (error instanceof BrokerUnreachable || error instanceof CrisperUnreachable) return exitCodes.unreachable
  if (error instanceof ApiError) {
    if (error.status === 400) return exitCodes.usage
    return error.status === 503 ? exitCodes.unreachable : exitCodes.refused
  }
  return exitCodes.failed
}
