import { expect, test, vi } from 'vitest'
import type { WorkerEvent } from '../../src/celery/events.js'
import { Greeter } from '../../src/fleet/greeter.js'

function event(type: WorkerEvent['type'], pid = 1): WorkerEvent {
  const figures = { freq: 2, active: 0, processed: 0, loadavg: null, swVer: null, swSys: null }
  return { type, hostname: 'w@h', pid, timestamp: 0, arrivedAt: 0, ...figures }
}

/** A greeter, and whom it greets; `answers` says whether the worker does. */
function greeting({ answers = true, everybody = [] as string[] } = {}) {
  const one = vi.fn(async (worker: string) => (answers ? [worker] : []))
  const greeter = new Greeter({ everybody: async () => everybody, one }, (_worker, error) => {
    throw error
  })
  return { greeter, one, settled: () => new Promise((resolve) => setImmediate(resolve)) }
}

test('a worker that is heard without having said that it is online is greeted, once', async () => {
  const { greeter, one, settled } = greeting()
  greeter.onWorkerEvent(event('worker-heartbeat'))
  await settled()
  greeter.onWorkerEvent(event('worker-heartbeat'))
  expect(one.mock.calls).toEqual([['w@h']])
})

test('one that was greeted with everybody is not greeted again, but its next process is', async () => {
  const { greeter, one } = greeting({ everybody: ['w@h'] })
  await greeter.everybody()
  greeter.onWorkerEvent(event('worker-heartbeat', 1))
  expect(one).not.toHaveBeenCalled()
  greeter.onWorkerEvent(event('worker-heartbeat', 2))
  expect(one).toHaveBeenCalledOnce()
})

test('one that came online while it was being greeted is greeted once more', async () => {
  const { greeter, one, settled } = greeting()
  greeter.onWorkerEvent(event('worker-heartbeat'))
  greeter.onWorkerEvent(event('worker-online'))
  await settled()
  expect(one).toHaveBeenCalledTimes(2)
})

test('one that does not answer is not asked at each heartbeat', async () => {
  const { greeter, one, settled } = greeting({ answers: false })
  greeter.onWorkerEvent(event('worker-heartbeat'))
  await settled()
  greeter.onWorkerEvent(event('worker-heartbeat'))
  expect(one).toHaveBeenCalledOnce()
})
