import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Contender } from './contender.js'

/** Our own connection and decoder, and nothing behind: the least that a consumer of all events can cost. */
export const parseAndDrop: Contender = {
  name: 'parse and drop',
  keeps: 'nothing: it drops',
  async start({ brokerUrl }) {
    const child = fork(fileURLToPath(new URL('dropping-consumer.ts', import.meta.url)), [brokerUrl], {
      execArgv: ['--import', 'tsx'],
    })
    await once(child, 'message')
    return {
      pid: child.pid ?? -1,
      async eventsRead() {
        const answered = once(child, 'message')
        child.send('how many')
        const [count]: unknown[] = await answered
        return z.number().parse(count)
      },
      untilKept: async () => undefined,
      async end() {
        const ended = once(child, 'exit')
        child.disconnect()
        await ended
      },
    }
  },
}
