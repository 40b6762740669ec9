import { expect, test } from 'vitest'
import { outcomeOf } from './outcome.js'

test.each([
  [{ action: 'task.stop', who: 'token:a', status: 202 }, 'done'],
  [{ action: 'session.begin', who: 'oidc:a', status: 302 }, 'done'],
  [{ action: 'session.begin', who: 'nobody', status: 302 }, 'unknown'],
  [{ action: 'session.begin', who: 'nobody', status: 401 }, 'unknown'],
  [{ action: 'task.stop', who: 'token:a', status: 409 }, 'late'],
  [{ action: 'task.stop', who: 'token:a', status: 415 }, 'wrong'],
  [{ action: 'task.stop', who: 'token:a', status: 503 }, 'failed'],
] as const)('%j is %s', (entry, outcome) => {
  expect(outcomeOf(entry)).toBe(outcome)
})
