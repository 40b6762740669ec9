import { eventually } from '../harness/eventually.js'

export interface TestStream {
  /** All that came so far. */
  text(): string
  until(part: string): Promise<void>
  close(): void
}

/** The live stream of tasks as somebody with a token hears it. */
export async function openTestStream(url: string, token: string): Promise<TestStream> {
  const abort = new AbortController()
  const response = await fetch(`${url}/api/live/tasks/`, {
    headers: { authorization: `Bearer ${token}` },
    signal: abort.signal,
  })
  if (response.status !== 200 || response.body === null) throw new Error(`no stream: ${response.status}`)
  let heard = ''
  const decoder = new TextDecoder()
  const reading = (async () => {
    for await (const chunk of response.body ?? []) heard += decoder.decode(chunk, { stream: true })
  })().catch(() => {})
  return {
    text: () => heard,
    until: async (part) => {
      await eventually(
        `the stream to tell of ${part}`,
        async () => heard,
        (text) => text.includes(part),
      )
    },
    close: () => {
      abort.abort()
      void reading
    },
  }
}
