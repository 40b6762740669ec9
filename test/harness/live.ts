import type { z } from 'zod'
import { liveAnswer } from '../../src/http/answers.js'
import type { TestCrisper } from './crisper.js'

type Frame = z.output<typeof liveAnswer>

/** Listens as a browser does; what has come so far is in `frames`. */
export async function listen(crisper: TestCrisper, query: string) {
  const abort = new AbortController()
  const response = await fetch(`${crisper.url}/api/live/tasks/?${query}`, { signal: abort.signal })
  const frames: Frame[] = []
  let ended = false
  const read = async () => {
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1]
        if (data !== undefined) frames.push(liveAnswer.parse(JSON.parse(data)))
      }
    }
  }
  const reading = read()
    .catch(() => undefined)
    .finally(() => {
      ended = true
    })
  return {
    type: response.headers.get('content-type'),
    frames,
    statesOf: (id: string) =>
      frames.flatMap(({ tasks }) => tasks.filter((task) => task.task_id === id).map(({ state }) => state)),
    gone: () => frames.flatMap(({ gone }) => gone),
    hasEnded: () => ended,
    close: async () => {
      abort.abort()
      await reading
    },
  }
}
