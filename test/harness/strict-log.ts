import { expect } from 'vitest'

/** Nothing is to go wrong: a warning fails the test. */
export const strictLog = {
  info: () => {},
  warn: (context: object) => expect.fail(JSON.stringify(context)),
  error: () => {},
}
