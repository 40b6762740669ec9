import { expect, test } from 'vitest'
import { Leadership, type LeadershipState } from '../../src/db/leadership.js'
import { eventually } from '../harness/eventually.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase({ migrated: false })
const log = { info: () => {} }

const open = async () => {
  const leadership = new Leadership({ url: database.postgres.url }, log)
  const seen: LeadershipState[] = []
  leadership.onChange((state) => seen.push(state))
  await leadership.start()
  return { leadership, seen }
}
const untilLeads = (...all: readonly { readonly leadership: Leadership }[]) =>
  eventually(
    'one to lead',
    async () => all.filter(({ leadership }) => leadership.leads),
    ({ length }) => length === 1,
  )

test('the first leads at once, and the next when it gives up', async () => {
  const [one, other] = [await open(), await open()]
  expect([one.leadership.state, other.leadership.state]).toEqual(['leads', 'follows'])

  await one.leadership.stop()

  await untilLeads(other)
  expect(one.seen).toEqual(['leads', 'follows'])
  await other.leadership.stop()
})

test('over a restart of the database it is unsure, and then one leads', async () => {
  const both = [await open(), await open()] as const
  const [one, other] = both

  await database.postgres.kill()
  await eventually(
    'it to be unsure',
    async () => one.leadership.state,
    (state) => state === 'unsure',
  )
  expect(one.leadership.leads).toBe(false)
  expect(other.leadership.state).toBe('follows')
  await database.postgres.restart()

  await untilLeads(...both)
  await eventually(
    'the other to know',
    async () => both.map(({ leadership }) => leadership.state).toSorted(),
    (states) => states.join() === 'follows,leads',
  )
  for (const { leadership } of both) await leadership.stop()
})
