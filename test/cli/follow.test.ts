import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { follow } from '../../src/cli/follow.js'

test('ends when the time is over, whatever the garbage collector takes meanwhile', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  let asked = 0
  const followed = await follow(0, {
    seconds: 1,
    hasEnded: (count) => count > 100,
    tell: String,
    ask: async () => {
      collectGarbage()
      return ++asked
    },
  })
  expect(followed).toEqual({ last: asked, left: 'time is over' })
})
