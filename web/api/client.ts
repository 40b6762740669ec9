import { noteAnswer, noteLoss } from './connection.js'

/** The API answered with an error; the message is its own. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(
    readonly status: number,
    message: string,
    /** Seconds after which it is worth trying again, where the server says so. */
    readonly retryAfter: number | null,
  ) {
    super(message)
  }
}

export type Query = Readonly<Record<string, string | undefined>>

/** Below the path at which we are served: `/` or like `/crisper/`. */
export function urlOf(path: string, query: Query = {}): string {
  const url = new URL(path, document.baseURI)
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value)
  return url.href
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return await answered<T>(urlOf(path, query), signal === undefined ? {} : { signal })
}

export async function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: object = {},
): Promise<T> {
  return await answered<T>(urlOf(path), {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** The types are those of the server's own schemas, and it comes with the server: its answers are not checked again. */
async function answered<T>(url: string, request: RequestInit): Promise<T> {
  const response = await fetch(url, request).catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === 'AbortError')) noteLoss()
    throw error
  })
  noteAnswer()
  const value: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined)
  if (response.ok) return value as T
  const told =
    typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string'
      ? value.error
      : `${response.status} ${response.statusText}`
  const retryAfter = response.headers.get('retry-after')
  throw new ApiError(response.status, told, retryAfter === null ? null : Number(retryAfter))
}
