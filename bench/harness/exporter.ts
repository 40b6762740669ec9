import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.mjs'
import { startProcess, untilReady } from '../../scripts/services/process.mjs'
import type { Contender } from './contender.js'
import { answers, counted } from './flower.js'
import type { Peer } from './peers.js'

/** Knows no single task: it counts them for Prometheus. */
export function exporter({ name, python }: Peer): Contender {
  return {
    name,
    keeps: 'nothing: it counts',
    async start({ brokerUrl, folder }) {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const running = startProcess({
        name: 'celery-exporter',
        command: python,
        args: [
          ...['-c', 'from src.cli import cli; cli()', `--broker-url=${brokerUrl}`],
          ...['--host=127.0.0.1', `--port=${port}`, '--log-level=ERROR'],
        ],
        cwd: folder,
        log: join(folder, 'exporter.log'),
      })
      await untilReady(running, () => answers(`${url}/`), { deadlineMs: 60_000 })
      return {
        pid: running.pid,
        eventsRead: () => counted(`${url}/metrics`, /^celery_task_(?!runtime)\w+_total\{.*\} (\S+)$/gm),
        untilKept: async () => undefined,
        end: () => running.stop(),
      }
    },
  }
}
