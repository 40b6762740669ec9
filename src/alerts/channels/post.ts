/** Milliseconds for an answer. */
const timeoutMs = 10_000
const longestAnswer = 200

/** Posts JSON. Rejects with a sentence where that is not taken; the URL, which may be a secret, stays out of it. */
export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'user-agent': 'Crisper', ...headers },
    // What it redirects to was not configured.
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error: unknown) => {
    throw new Error(`${new URL(url).host} could not be reached: ${reasonOf(error)}`)
  })
  const answer = (await response.text().catch(() => '')).slice(0, longestAnswer)
  if (!response.ok)
    throw new Error(`${new URL(url).host} answered ${response.status}: ${answer || 'nothing'}`)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
