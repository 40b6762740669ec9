import { expect, test } from 'vitest'
import { isAllowedEmail } from '../../src/access/verified-email.js'

const allowed = ['*@example.com', 'ben@other.org']

test.each([
  ['ana@example.com', true],
  ['ANA@Example.COM', true],
  ['ben@other.org', true],
  ['eve@other.org', false],
  ['a@example.com.evil.com', false],
  ['a@evil.com@example.com', false],
  ['a@sub.example.com', false],
  ['a@notexample.com', false],
  ['@example.com', false],
  ['a b@example.com', false],
  ['a@example.com\n', false],
  ['"a@example.com"@evil.com', false],
  ['example.com', false],
])('%j is let in: %s', (email, expected) => {
  expect(isAllowedEmail({ email, email_verified: true }, allowed)).toBe(expected)
})

test.each([false, undefined, 'true', 1])('one that is not verified (%s) is not', (verified) => {
  expect(isAllowedEmail({ email: 'ana@example.com', email_verified: verified }, allowed)).toBe(false)
})
