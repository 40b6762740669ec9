import { expect, test } from 'vitest'
import { argumentsOf, initialValues, isComplete, offered, typedConfirmation } from './commands.js'

test('numbers are sent as numbers, and what is empty is left out', () => {
  expect(argumentsOf('time_limit', { task_name: ' etl.load ', soft: '5', hard: '' })).toEqual({
    task_name: 'etl.load',
    soft: 5,
  })
  expect(argumentsOf('pool_grow', initialValues('pool_grow'))).toEqual({ n: 1 })
  expect(argumentsOf('ping', {})).toEqual({})
})

test('what a command needs must be filled in', () => {
  expect(isComplete('add_consumer', initialValues('add_consumer'))).toBe(false)
  expect(isComplete('add_consumer', { queue: 'imports' })).toBe(true)
  expect(isComplete('time_limit', { task_name: 'etl.load' })).toBe(true)
})

test('what ends workers is offered last, and needs to be typed', () => {
  expect(offered.at(-1)).toBe('shutdown')
  expect(typedConfirmation(['w1@host'])).toBe('w1@host')
  expect(typedConfirmation(['w1@host', 'w2@host'])).toBe('2')
})
