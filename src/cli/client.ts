import { z } from 'zod'
import { maskUrl } from '../celery/broker-url.js'
import { printable } from './printable.js'
import { timeLimit } from './time-limit.js'

/** No Crisper answers there. */
export class CrisperUnreachable extends Error {
  override readonly name = 'CrisperUnreachable'
}

/** Crisper answered with an error; the message is its own. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(
    readonly status: number,
    message: string,
    readonly body: unknown,
  ) {
    super(printable(message))
  }
}

export const defaultUrl = 'http://127.0.0.1:8722'

const wayOut = 'Start one with crisper serve, or name it with --url or CRISPER_URL.'

const answerMs = 30_000

const problem = z.object({ error: z.string() })

/** The query of a path: options that were not given are left out. */
export function queryOf(parameters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Asks a running Crisper. Resolves with the parsed answer; rejects with CrisperUnreachable or ApiError. */
export async function call<T extends z.ZodType>(
  baseUrl: string,
  path: string,
  answer: T,
  body?: object,
  signal?: AbortSignal,
): Promise<z.output<T>> {
  const url = `${baseUrl.replace(/\/$/, '')}${path}`
  const limit = timeLimit(answerMs)
  let response: Response
  let value: unknown
  try {
    response = await fetch(url, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...(body && { 'content-type': 'application/json' }), ...credentials() },
      signal: AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]),
    })
    value = await response.json().catch(() => undefined)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new CrisperUnreachable(`no Crisper answers at ${maskUrl(baseUrl)} (${cause}). ${wayOut}`)
  } finally {
    limit.clear()
  }
  if (!response.ok) {
    const told = problem.safeParse(value)
    throw new ApiError(
      response.status,
      told.success ? told.data.error : `${maskUrl(url)} answered ${response.status}`,
      value,
    )
  }
  const parsed = answer.safeParse(value)
  if (!parsed.success)
    throw new CrisperUnreachable(`what answers at ${maskUrl(baseUrl)} is no Crisper. ${wayOut}`)
  return parsed.data
}

/** Not a flag: everybody on the machine can read the arguments of a program. */
function credentials(): Readonly<Record<string, string>> {
  const { CRISPER_TOKEN: token } = process.env
  return token ? { authorization: `Bearer ${token}` } : {}
}
