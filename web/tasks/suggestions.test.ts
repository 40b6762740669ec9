import { expect, test } from 'vitest'
import { complete, suggestionsFor } from './suggestions.js'

const known = { type: ['etl', 'import'], worker: ['w1@host a', 'w2@host'] }

test('an empty bar offers the qualifiers', () => {
  expect(suggestionsFor('', known)).toContain('type:')
})

test('a word that is begun offers the qualifiers that go on like it', () => {
  expect(suggestionsFor('type:etl co', known)).toEqual(['company:'])
})

test('after the colon come the values that are known, quoted where they have blanks', () => {
  expect(suggestionsFor('type:', known)).toEqual(['type:etl', 'type:import'])
  expect(suggestionsFor('state:fa', known)).toEqual(['state:failure'])
  expect(suggestionsFor('worker:w1', known)).toEqual(['worker:"w1@host a"'])
})

test('nothing is offered between words, nor for what nobody knows', () => {
  expect(suggestionsFor('type:etl ', known)).toEqual([])
  expect(suggestionsFor('company:4', known)).toEqual([])
})

test('the last word is completed, the others stay', () => {
  expect(complete('type:etl st', 'state:')).toBe('type:etl state:')
  expect(complete('type:etl state:f', 'state:failure')).toBe('type:etl state:failure ')
})
