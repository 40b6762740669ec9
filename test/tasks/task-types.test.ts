import { expect, test } from 'vitest'
import { taskTypes } from '../../src/tasks/task-types.js'

test('an exact name wins over a prefix, and a name that matches nothing is other', () => {
  const types = taskTypes()
  expect(types.of('accounting.tasks.generate_missing_embeddings')).toBe('embedding')
  expect(types.of('accounting.tasks.close_month')).toBe('reconciliation')
  expect(types.of('shop.tasks.pay')).toBe('other')
})

test('the longest prefix of a replaced table wins, shown in title case', () => {
  const types = taskTypes([
    { value: 'shop', prefixes: ['shop.'] },
    { value: 'card_payment', prefixes: ['shop.cards.'] },
  ])
  expect(types.of('shop.cards.charge')).toBe('card_payment')
  expect(types.of('etl.run')).toBe('other')
  expect(types.display('card_payment')).toBe('Card Payment')
})
