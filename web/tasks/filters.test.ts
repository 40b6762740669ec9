import { expect, test } from 'vitest'
import { formatFilters, parseFilters } from './filters.js'

test('qualifiers become filters, other words are searched for', () => {
  expect(parseFilters('type:etl state:failure company:4 since:2h duplicate import')).toEqual({
    task_type: 'etl',
    state: 'FAILURE',
    company_id: '4',
    hours_ago: '2',
    search: 'duplicate import',
  })
})

test('values with blanks go in quotes, and ranges have units', () => {
  expect(parseFilters('queue:"high prio" since:30m')).toEqual({ queue: 'high prio', hours_ago: '0.5' })
  expect(parseFilters('since:7d')).toEqual({ hours_ago: '168' })
})

test('what no qualifier means is text', () => {
  expect(parseFilters('http://x:1 foo:bar state:')).toEqual({ search: 'http://x:1 foo:bar state:' })
})

test.each(['type:etl state:failure', 'queue:"a b" since:30m text', 'since:1w', ''])(
  '%s is written as it is read',
  (text) => {
    expect(formatFilters(parseFilters(text))).toBe(text)
  },
)
