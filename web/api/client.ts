/** The API answered with an error; the message is its own. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** Below the path at which we are served: `/` or like `/crisper/`. */
export function urlOf(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const url = new URL(path, document.baseURI)
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value)
  return url.href
}

export async function get<T>(
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
  signal?: AbortSignal,
): Promise<T> {
  return await answered<T>(await fetch(urlOf(path, query), signal === undefined ? {} : { signal }))
}

export async function post<T>(path: string, body: object = {}): Promise<T> {
  const response = await fetch(urlOf(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return await answered<T>(response)
}

async function answered<T>(response: Response): Promise<T> {
  const value: unknown = await response.json().catch(() => undefined)
  if (response.ok) return value as T
  const told =
    typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string'
      ? value.error
      : `${response.status} ${response.statusText}`
  throw new ApiError(response.status, told)
}
