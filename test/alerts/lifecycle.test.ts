import { describe, expect, test } from 'vitest'
import type { Finding, OpenAlert } from '../../src/alerts/alert.js'
import { step } from '../../src/alerts/lifecycle.js'

const rule = { firesAfter: 60, resolvesAfter: 300 }
const now = new Date('2026-01-01T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const finding: Finding = { subject: 'slow', sentence: 'It is slow.', link: '/queues/slow' }
const open = (changes: Partial<OpenAlert>): OpenAlert => ({
  ...finding,
  id: 'a',
  holdsSince: ago(600),
  firedAt: ago(500),
  clearSince: null,
  announced: true,
  ...changes,
})
const nothing = { begun: [], goOn: [], clearing: [], resolved: [], forgotten: [] }
const never = new Map<string, number>()

describe('a condition', () => {
  test('that begins to hold waits, unless the rule does not', () => {
    expect(step(rule, [], [finding], never, now)).toEqual({ ...nothing, begun: [{ finding, fires: false }] })
    expect(step({ ...rule, firesAfter: 0 }, [], [finding], never, now).begun).toEqual([
      { finding, fires: true },
    ])
  })

  test('fires once it has held for long enough, and once only', () => {
    const fires = (alert: OpenAlert) => step(rule, [alert], [finding], never, now).goOn[0]?.fires
    expect(fires(open({ firedAt: null, holdsSince: ago(59) }))).toBe(false)
    expect(fires(open({ firedAt: null, holdsSince: ago(60) }))).toBe(true)
    expect(fires(open({}))).toBe(false)
  })

  test('that went before it fired is forgotten', () => {
    const alert = open({ firedAt: null })
    expect(step(rule, [alert], [], never, now)).toEqual({ ...nothing, forgotten: [alert] })
  })

  test('that fired has to be clear for long enough to be over', () => {
    const first = open({})
    expect(step(rule, [first], [], never, now)).toEqual({ ...nothing, clearing: [first] })
    expect(step(rule, [open({ clearSince: ago(299) })], [], never, now)).toEqual(nothing)
    const last = open({ clearSince: ago(300) })
    expect(step(rule, [last], [], never, now)).toEqual({ ...nothing, resolved: [last] })
    expect(step({ ...rule, resolvesAfter: 0 }, [first], [], never, now).resolved).toEqual([first])
  })

  test('that holds again while it clears goes on', () => {
    const alert = open({ clearSince: ago(200) })
    expect(step(rule, [alert], [finding], never, now)).toEqual({
      ...nothing,
      goOn: [{ alert, finding, fires: false }],
    })
  })

  test('that comes back again and again takes twice as long to be over each time', () => {
    const alert = open({ clearSince: ago(301) })
    const isOver = (fired: number) =>
      step(rule, [alert], [], new Map([['slow', fired]]), now).resolved.length === 1
    expect([1, 2, 3].map(isOver)).toEqual([true, false, false])
    const patient = open({ clearSince: ago(300 * 32) })
    expect(step(rule, [patient], [], new Map([['slow', 100]]), now).resolved).toEqual([patient])
  })

  test('of one subject says nothing of another', () => {
    const other = { ...finding, subject: 'quick' }
    const alert = open({ clearSince: ago(400) })
    expect(step(rule, [alert], [other], never, now)).toEqual({
      ...nothing,
      begun: [{ finding: other, fires: false }],
      resolved: [alert],
    })
  })
})
