import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.mjs'
import { startProcess, untilReady } from '../../scripts/services/process.mjs'
import type { Consumer, Contender, Ground } from './contender.js'
import type { Peer } from './peers.js'

export interface FlowerOptions {
  /** With `--persistent`: all that it knows goes to a file every ten seconds and at its end. */
  readonly persistent?: boolean
  /** Tasks that it keeps; default its own, 100,000. */
  readonly maxTasks?: number
}

export interface Flower extends Consumer {
  readonly url: string
}

export function flower(peer: Peer, options: FlowerOptions = {}): Contender {
  const { persistent = false } = options
  return {
    name: persistent ? `${peer.name} --persistent` : peer.name,
    keeps: persistent ? 'the last 100,000 tasks, in a file each 10 s' : 'nothing: in memory',
    start: (ground) => startFlower(peer, ground, options),
  }
}

export async function startFlower(
  { python }: Peer,
  { brokerUrl, folder }: Ground,
  { persistent = false, maxTasks }: FlowerOptions = {},
): Promise<Flower> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  // Else RabbitMQ throws away what waits for Flower for longer than five seconds.
  writeFileSync(join(folder, 'bench_celery.py'), 'event_queue_ttl = 3600\nevent_queue_expires = 3600\n')
  const running = startProcess({
    name: 'flower',
    command: python,
    args: [
      ...['-m', 'celery', '--config', 'bench_celery', '--broker', brokerUrl, 'flower'],
      ...['--address=127.0.0.1', `--port=${port}`, '--logging=error'],
      ...(persistent ? ['--persistent=True', '--db=flower', '--state_save_interval=10000'] : []),
      ...(maxTasks === undefined ? [] : [`--max_tasks=${maxTasks}`]),
    ],
    cwd: folder,
    log: join(folder, 'flower.log'),
    env: { ...process.env, PYTHONPATH: folder, FLOWER_UNAUTHENTICATED_API: 'true' },
  })
  await untilReady(running, () => answers(`${url}/metrics`), { deadlineMs: 120_000 })
  return {
    url,
    pid: running.pid,
    eventsRead: () => counted(`${url}/metrics`, /^flower_events_total\{.*\} (\S+)$/gm),
    async untilKept() {
      if (persistent) await running.stop({ graceMs: 120_000 })
    },
    end: () => running.stop({ graceMs: 120_000 }),
  }
}

export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

/** The sum of what Prometheus would read under a name. */
export async function counted(url: string, lines: RegExp): Promise<number> {
  const text = await (await fetch(url)).text()
  return [...text.matchAll(lines)].reduce((sum, [, value]) => sum + Number(value), 0)
}
