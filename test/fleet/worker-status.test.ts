import { describe, expect, test } from 'vitest'
import type { WorkerEvent } from '../../src/celery/events.js'
import { takesNothing } from '../../src/fleet/worker.js'
import { explainStatus, statusOf } from '../../src/fleet/worker-status.js'
import { isOnline, type Worker, Workers } from '../../src/fleet/workers.js'

const name = 'w@h'

/** The worker as these events, at these times, leave it. */
function heardOf(events: readonly (readonly [WorkerEvent['type'], number, Partial<WorkerEvent>?])[]): Worker {
  const workers = new Workers()
  for (const [type, arrivedAt, more] of events) {
    const figures = { freq: 2, active: 0, processed: 5, loadavg: null, swVer: '5.6.3', swSys: 'Linux' }
    workers.onEvent(
      { type, hostname: name, pid: 1, timestamp: arrivedAt, arrivedAt, ...figures, ...more },
      undefined,
    )
  }
  const worker = workers.get(name)
  if (worker === undefined) throw new Error('the worker should be known')
  return worker
}

const heard = heardOf([['worker-online', 100]])

describe('the status of a worker', () => {
  test.each([
    ['two heartbeats may be missing', heard, 0, 106, { status: 'online', reason: 'heartbeats' }],
    ['then it is silent', heard, 0, 107, { status: 'silent', reason: 'missed_heartbeats' }],
    ['for a minute', heard, 0, 160, { status: 'silent', reason: 'missed_heartbeats' }],
    ['then it is gone', heard, 0, 161, { status: 'offline', reason: 'no_sign' }],
    [
      'only time in which we listen counts',
      heard,
      900,
      930,
      { status: 'silent', reason: 'missed_heartbeats' },
    ],
    ['deaf, we know nothing', heard, null, 9999, { status: 'silent', reason: 'not_listening' }],
    ['solo may be busy', { ...heard, pool: 'solo' }, 0, 3000, { status: 'silent', reason: 'may_be_busy' }],
    ['but not for ever', { ...heard, pool: 'solo' }, 0, 3701, { status: 'offline', reason: 'no_sign' }],
    [
      'an answer after the heartbeats holds',
      { ...heard, lastAnswerAt: 120 },
      0,
      130,
      { status: 'online', reason: 'answers' },
    ],
    [
      'one from before does not',
      { ...heard, lastAnswerAt: 103 },
      0,
      110,
      { status: 'silent', reason: 'missed_heartbeats' },
    ],
    [
      'one known from before is waited for',
      { ...heard, remembered: 'there' },
      150,
      160,
      { status: 'silent', reason: 'not_heard_yet' },
    ],
    [
      'one that was gone then is gone now',
      { ...heard, remembered: 'gone' },
      150,
      160,
      { status: 'offline', reason: 'no_sign' },
    ],
  ] as const)('%s', (_what, worker, listeningSince, now, expected) => {
    expect(statusOf(worker, listeningSince, now)).toEqual(expected)
  })

  test('online are those that are there for certain', () => {
    expect(isOnline(heard, 106)).toBe(true)
    expect(isOnline(heard, 107)).toBe(false)
    expect(isOnline({ ...heard, stopped: true }, 101)).toBe(false)
  })

  test('a goodbye is a clean stop, with what was left to do', () => {
    const worker = heardOf([
      ['worker-online', 100],
      ['worker-offline', 110, { active: 2 }],
    ])
    expect(statusOf(worker, 0, 9999)).toEqual({ status: 'stopped', reason: 'said_goodbye' })
    expect(explainStatus('said_goodbye', worker, 170)).toBe(
      'It said goodbye 60 s ago, with 2 tasks still running.',
    )
  })

  test('the goodbye of a process that was replaced is not that of the worker', () => {
    const worker = heardOf([
      ['worker-online', 100],
      ['worker-online', 110, { pid: 2 }],
      ['worker-offline', 111, { pid: 1 }],
    ])
    expect(worker).toMatchObject({ stopped: false, pid: 2, restarts: 1 })
  })
})

describe('a worker that takes nothing', () => {
  const idle = heardOf([
    ['worker-online', 100],
    ['worker-heartbeat', 102],
    ['worker-heartbeat', 170],
  ])

  test('is one that runs nothing for a minute beside waiting messages', () => {
    expect(idle.idleSince).toBe(100)
    expect(takesNothing(idle, 3, 171)).toBe(true)
    expect(takesNothing(idle, 0, 171)).toBe(false)
    expect(takesNothing({ ...idle, idleSince: 130 }, 3, 171)).toBe(false)
  })

  test('is none that has started something meanwhile, or runs', () => {
    expect(
      heardOf([
        ['worker-online', 100],
        ['worker-heartbeat', 170, { processed: 6 }],
      ]).idleSince,
    ).toBe(170)
    expect(
      heardOf([
        ['worker-online', 100],
        ['worker-heartbeat', 170, { active: 1 }],
      ]).idleSince,
    ).toBe(null)
  })
})
