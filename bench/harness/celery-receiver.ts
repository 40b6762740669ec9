import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Contender } from './contender.js'
import { parseAndDrop } from './parse-and-drop.js'
import type { Peer } from './peers.js'

const script = fileURLToPath(new URL('celery_receiver.py', import.meta.url))

/** Celery's own receiver of events with nothing behind: the least that a consumer in Python can cost. */
export function celeryReceiver({ python }: Peer): Contender {
  return {
    name: "Celery's receiver, dropping",
    keeps: parseAndDrop.keeps,
    async start({ brokerUrl }) {
      const child = spawn(python, [script, brokerUrl], { stdio: ['pipe', 'pipe', 'inherit'] })
      const ended = once(child, 'exit')
      const answers = createInterface({ input: child.stdout })
      return {
        pid: child.pid ?? -1,
        async eventsRead() {
          const answered = once(answers, 'line')
          child.stdin.write('how many\n')
          const [count]: unknown[] = await Promise.race([
            answered,
            ended.then(() => Promise.reject(new Error("Celery's receiver has ended"))),
          ])
          return Number(count)
        },
        untilKept: async () => undefined,
        async end() {
          child.kill()
          await ended
        },
      }
    },
  }
}
