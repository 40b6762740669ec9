import { get, type IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { liveAnswer } from '../../src/http/answers.js'

/**
 * Child process of live.ts: so many clients of the live stream, as browsers read it. From the end of a task, as its event
 * says, to the moment when a client has read of it, in milliseconds; some clients read what comes, the others only take it.
 */
const [url = '', count = '1'] = process.argv.slice(2)
const clients = Number(count)
/** Clients that read: those first served, those last served, and some between. */
const readers = Math.min(clients, 10)
const every = Math.max(1, Math.floor((clients - 1) / Math.max(1, readers - 1)))

const latencies: number[] = []
let frames = 0
let unlisted = 0

const responses = await Promise.all(Array.from({ length: clients }, () => open()))
for (const [index, response] of responses.entries()) {
  if (index % every === 0) read(response)
  else response.resume()
}
process.send?.('open')
process.on('message', () => process.send?.({ latencies, frames, unlisted, readers }))
process.on('disconnect', () => process.exit(0))

function open(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => get(url, { agent: false }, resolve).once('error', reject))
}

function read(response: IncomingMessage): void {
  const known = new Set<string>()
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1]
      if (data !== undefined) take(frameOf(data), known)
    }
  })
}

const frameOf = (data: string): z.output<typeof liveAnswer> => liveAnswer.parse(JSON.parse(data))

function take({ tasks, many }: z.output<typeof liveAnswer>, known: Set<string>): void {
  const now = Date.now()
  frames += 1
  if (many) unlisted += 1
  for (const { task_id: id, finished_at: finished } of tasks) {
    if (finished === null || known.has(id)) continue
    known.add(id)
    latencies.push(now - Date.parse(finished))
  }
}
