import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { WithCrisper } from '../harness/with-crisper.js'

/** Milliseconds between two bytes of who is slow. */
const dripMs = 2000

describe('who sends a byte now and then', () => {
  const here = new WithCrisper('redis')

  /** Sends these, then one byte after the other; answers with what came until the other side hung up. */
  async function drip(start: string, byte: string): Promise<string> {
    const { port, hostname } = new URL(here.crisper.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const answer = text(socket)
    socket.write(start)
    const timer = setInterval(() => sendUnlessEnded(socket, byte), dripMs)
    try {
      return await answer
    } finally {
      clearInterval(timer)
      socket.destroy()
    }
  }

  test.concurrent('is cut off before the body is there, and everybody else is served meanwhile', {
    timeout: 240_000,
  }, async ({ expect }) => {
    const headers = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 1000'
    const slow = drip(`POST /api/stop-batches/ HTTP/1.1\r\n${headers}\r\n\r\n{`, ' ')
    expect((await here.crisper.get('/api/tasks/')).status).toBe(200)
    expect(await slow).toMatch(/^HTTP\/1\.1 408 /)
  })

  test.concurrent('is cut off before the headers are there', { timeout: 240_000 }, async ({ expect }) => {
    expect(await drip('GET /api/tasks/ HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a')).toMatch(/^HTTP\/1\.1 408 /)
  })

  test('leaves it well', async () => {
    expect((await here.crisper.get('/healthz')).status).toBe(200)
  })
})

function sendUnlessEnded(socket: Socket, byte: string): void {
  if (socket.writable) socket.write(byte)
}
