import { expect, test } from 'vitest'
import { toggled } from './selection.js'

const tasks = ['a', 'b', 'c', 'd', 'e'].map((task_id) => ({ task_id }))
const nothing = { ids: new Set<string>(), all: false, anchor: null }

test('a tick takes one, and gives it back', () => {
  const one = toggled(nothing, tasks, 1, false)
  expect([...one.ids]).toEqual(['b'])
  expect([...toggled(one, tasks, 1, false).ids]).toEqual([])
})

test('with shift it takes all from the one before, in both directions', () => {
  const from = toggled(nothing, tasks, 3, false)
  expect([...toggled(from, tasks, 1, true).ids].sort()).toEqual(['b', 'c', 'd'])
  expect([...toggled(from, tasks, 4, true).ids].sort()).toEqual(['d', 'e'])
})

test('the one before is known by its id: rows may have come in above it', () => {
  const from = toggled(nothing, tasks, 0, false)
  const moved = [{ task_id: 'new' }, ...tasks]
  expect([...toggled(from, moved, 2, true).ids].sort()).toEqual(['a', 'b'])
})

test('a tick after all that match begins anew', () => {
  const all = { ...nothing, ids: new Set(['a', 'b']), all: true }
  expect(toggled(all, tasks, 2, false)).toMatchObject({ ids: new Set(['c']), all: false })
})
