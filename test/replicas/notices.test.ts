import { expect, test } from 'vitest'
import { Notices } from '../../src/db/notices.js'
import { eventually } from '../harness/eventually.js'
import { WithDatabase } from '../harness/with-database.js'

const database = new WithDatabase({ migrated: false })

const open = async () => {
  const notices = new Notices({ url: database.postgres.url })
  const heard: string[] = []
  const state = { many: 0 }
  const tell = notices.topic({
    name: 'things',
    gatherMs: 20,
    most: 1000,
    onHeard: (ids) => heard.push(...ids),
    onMany: () => {
      state.many += 1
    },
  })
  await notices.start()
  return { notices, heard, state, tell }
}
const until = (what: string, holds: () => boolean) => eventually(what, async () => holds(), Boolean)

test('the others hear what one tells, each once, and it does not hear itself', async () => {
  const [one, other] = [await open(), await open()]
  // More bytes than one notification takes, and not one for each character.
  const ids = Array.from({ length: 500 }, (_, n) => `${'таск'.repeat(20)}-${n}`)

  one.tell(ids)
  one.tell(ids.slice(0, 10))

  await until('all to be heard', () => other.heard.length >= ids.length)
  expect(other.heard).toEqual(ids)
  expect(one.heard).toEqual([])
  for (const { notices } of [one, other]) await notices.stop()
})

test('of too many it is only told that there are many', async () => {
  const [one, other] = [await open(), await open()]
  const before = other.state.many

  one.tell(Array.from({ length: 1001 }, (_, n) => String(n)))

  await until('many to be heard', () => other.state.many === before + 1)
  expect(other.heard).toEqual([])
  for (const { notices } of [one, other]) await notices.stop()
})

test('after the database was away each looks at everything, and what was to be told then is told', async () => {
  const [one, other] = [await open(), await open()]
  const before = [one.state.many, other.state.many]

  await database.postgres.kill()
  one.tell(['while it was away'])
  await database.postgres.restart()

  await until('both to look', () => one.state.many > (before[0] ?? 0) && other.state.many > (before[1] ?? 0))
  // Whoever connects first tells nobody: the other looks at everything when it connects.
  one.tell(['afterwards'])
  await until('it to be heard', () => other.heard.includes('afterwards'))
  for (const { notices } of [one, other]) await notices.stop()
})

test('what is told last is told before it ends', async () => {
  const [one, other] = [await open(), await open()]

  one.tell(['last'])
  await one.notices.stop()

  await until('it to be heard', () => other.heard.includes('last'))
  await other.notices.stop()
})
