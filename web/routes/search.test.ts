import { expect, test } from 'vitest'
import { formatSearch, parseSearch, searchOf } from './search.js'

test.each(['', '?company_id=4&search=a+b', '?search=%22quoted%22%26%3D%3F', '?state=FAILURE%2CRETRY'])(
  '%s is written as it is read',
  (text) => {
    expect(formatSearch(parseSearch(text))).toBe(text)
  },
)

test('only the parameters of the page are taken, and nothing that is empty', () => {
  const read = searchOf(['state', 'queue', 'company_id'])
  expect(read({ state: 'FAILURE', queue: '', other: 'x', company_id: 4 })).toEqual({
    state: 'FAILURE',
    company_id: '4',
  })
})
