import { expect, test } from 'vitest'
import { LabelSets, topOf } from '../../src/metrics/label-sets.js'
import { parseMetrics } from '../harness/prometheus-text.js'

test('the first sets of labels stay as they are, whatever comes later', () => {
  const sets = new LabelSets<'name' | 'queue'>(2)
  const named = (name: string) => sets.bounded({ name, queue: 'q' })
  expect([named('a'), named('b'), named('c'), named('a')]).toEqual([
    { name: 'a', queue: 'q' },
    { name: 'b', queue: 'q' },
    { name: 'other', queue: 'other' },
    { name: 'a', queue: 'q' },
  ])
})

test('what is not among the greatest is summed', () => {
  const values: [string, number][] = [
    ['a', 1],
    ['b', 5],
    ['c', 3],
    ['d', 2],
  ]
  expect(topOf(values, 2)).toEqual([
    ['b', 5],
    ['c', 3],
    ['other', 3],
  ])
  expect(topOf(values, 4)).toHaveLength(4)
})

test.each([
  ['a counter without _total', '# HELP a b\n# TYPE a counter\na 1\n'],
  ['a gauge with _total', '# HELP a_total b\n# TYPE a_total gauge\na_total 1\n'],
  ['no help', '# TYPE a gauge\na 1\n'],
  ['a series told twice', '# HELP a b\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n'],
  ['a sample of another family', '# HELP a b\n# TYPE a gauge\nb 1\n'],
  ['a label that is not closed', '# HELP a b\n# TYPE a gauge\na{x="1} 1\n'],
  ['another unit', '# HELP a_milliseconds b\n# TYPE a_milliseconds gauge\na_milliseconds 1\n'],
  [
    'buckets that shrink',
    '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
  ],
])('the parser of these tests refuses %s', (_what, text) => {
  expect(() => parseMetrics(text)).toThrow()
})
