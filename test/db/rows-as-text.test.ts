import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowsAsText, selectRows } from '../../src/db/rows-as-text.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase({ migrated: false })

const columns = {
  n: 'integer',
  x: 'double precision',
  yes: 'boolean',
  words: 'text',
  at: 'timestamptz',
  written: 'json',
  value: 'jsonb',
} as const

async function sent(rows: readonly Readonly<Record<string, unknown>>[]): Promise<unknown[]> {
  const { rows: found } = await database.pool.query(selectRows('$1', columns), [rowsAsText(columns, rows)])
  return found
}

/** What PostgreSQL can store (src/tasks/storable.ts), and no mark of ours. */
const words = fc
  .string({ unit: 'binary' })
  .map((text) => text.toWellFormed().replaceAll(/[\0\x1d-\x1f]/g, ' '))
const json = fc.jsonValue({ stringUnit: fc.constantFrom(...`a"\\ \n\té{[,:'`), maxDepth: 3 })
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })

const row = fc.record({
  n: orNull(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  x: orNull(fc.double({ noNaN: true }).filter((x) => !Object.is(x, -0))),
  yes: orNull(fc.boolean()),
  words: orNull(words),
  at: orNull(fc.date({ min: new Date(0), max: new Date('2242-01-01T00:00:00Z'), noInvalidDate: true })),
  written: orNull(json.map((value) => JSON.stringify(value))),
  value: orNull(json.filter((value) => value !== null)),
})

test('rows come as they were sent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const told = rows.map(({ written, value, ...rest }) => ({
        ...rest,
        written: written === null ? null : JSON.parse(written),
        value: value === null ? null : JSON.parse(JSON.stringify(value)),
      }))
      expect(await sent(rows)).toEqual(told)
    }),
    { numRuns: 200 },
  )
})

test('what is absent is null, and a text keeps no mark of ours', async () => {
  const marked = 'a\x1eb\x1fc\x1d'
  expect(await sent([{ words: marked }, { words: '\x1d' }, { n: 1, words: '' }])).toMatchObject([
    { n: null, words: 'a\u241eb\u241fc\u241d', value: null },
    { words: '\u241d' },
    { n: 1, words: '' },
  ])
  expect(await sent([])).toEqual([])
})
