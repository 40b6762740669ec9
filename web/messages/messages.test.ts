import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { messages as english } from './en.js'
import { messages as portuguese } from './pt-br.js'

const folder = new URL('../', import.meta.url)
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('messages'))
  .map((path) => readFileSync(new URL(path, folder), 'utf8'))

/** Every text by the key that the code uses. */
function keysOf(messages: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(messages).flatMap(([key, value]: [string, string | object]) =>
      typeof value === 'string' ? [[prefix + key, value] as const] : [...keysOf(value, `${prefix}${key}.`)],
    ),
  )
}

test('every key that is used has a text', () => {
  const known = keysOf(english)
  const used = sources.flatMap((text) => [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key = '']) => key))
  expect(used.length).toBeGreaterThan(50)
  expect(used.filter((key) => !known.has(key))).toEqual([])
})

test('both languages fill in the same values', () => {
  const values = (text: string | undefined) => text?.match(/{{\w+/g)?.toSorted()
  const translated = keysOf(portuguese)
  for (const [key, text] of keysOf(english)) expect(values(translated.get(key)), key).toEqual(values(text))
})
