import { describe, expect, test } from 'vitest'
import { afterPid, afterUptime, isShared, type Life } from '../../src/fleet/life.js'

const born: Life = { pid: 1, formerPid: null, sharedAt: null, restarts: 0, startedAt: 100 }

/** Heartbeats of these processes, two seconds apart; a name with ! is a start. */
function heard(pids: readonly (number | string)[]): Life & { shared: boolean } {
  let at = 1000
  let life: Life = { ...born, pid: null, startedAt: null }
  for (const pid of pids) {
    at += 2
    life = afterPid(life, Number.parseInt(String(pid), 10), at, String(pid).endsWith('!'))
  }
  return { ...life, shared: isShared(life, at) }
}

describe('processes under one name', () => {
  test('one process is no restart', () => {
    expect(heard([1, 1, 1])).toMatchObject({ restarts: 0, shared: false })
  })

  test('another process is a restart, whether or not its start was heard', () => {
    expect(heard([1, 1, '2!', 2])).toMatchObject({ restarts: 1, shared: false })
    expect(heard([1, 1, 2, 2, 3])).toMatchObject({ restarts: 2, shared: false })
  })

  test('two that take turns share the name, and neither was a restart', () => {
    expect(heard([1, '2!', 1, 2, 1, 2])).toMatchObject({ restarts: 0, shared: true })
  })

  test('a process id that comes around again is a restart when it starts', () => {
    expect(heard([1, '2!', '1!'])).toMatchObject({ restarts: 2, shared: false })
  })
})

test('with the same process id a shorter uptime is a restart', () => {
  expect(afterUptime(born, 10, 112)).toMatchObject({ restarts: 0 })
  expect(afterUptime(born, 3, 500)).toMatchObject({ restarts: 1, startedAt: 497 })
  expect(afterUptime(born, null, 500)).toEqual(born)
})
