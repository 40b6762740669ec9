import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { ResultBackendUnreachable } from '../../../src/celery/errors.js'
import type { ResultBackend } from '../../../src/celery/results/backend.js'
import { openResultBackend } from '../../../src/celery/results/open.js'
import { newestCelery } from '../../harness/celery-versions.js'
import { TestFolder } from '../../harness/test-folder.js'

const writer = fileURLToPath(new URL('../app/sqlite_writer.py', import.meta.url))
const folder = new TestFolder()
const inFolder = (name: string) => join(folder.path('sqlite'), name)
const opened: ResultBackend[] = []
afterEach(async () => {
  for (const backend of opened.splice(0)) await backend.close()
})
afterAll(() => folder.remove())

function open(file: string) {
  const options = { resultKeyprefix: '', masterName: 'mymaster', sentinelPassword: null }
  const backend = openResultBackend(`db+sqlite:///${file}`, options)
  opened.push(backend)
  return backend
}

async function refusal(question: Promise<unknown>): Promise<string> {
  const [answer] = await Promise.allSettled([question])
  if (answer?.status !== 'rejected') throw new Error('it answered')
  expect(answer.reason).toBeInstanceOf(ResultBackendUnreachable)
  return answer.reason.message
}

// Both ways in which SQLite keeps a transaction whole.
test.each(['delete', 'wal'])(
  'of a file that others write at the same time every transaction is seen whole (%s)',
  async (journal) => {
    const file = inFolder(`${journal}.db`)
    const child = spawn(newestCelery().python, [writer, file, journal], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const backend = open(file)
    const seen = new Set<string>()

    for (let round = 0; round < 300; round += 1) {
      const found = await backend.get(['first', 'last'])
      const [first, last] = [found.get('first')?.status, found.get('last')?.status]
      expect(first).toBe(last)
      seen.add(first ?? '')
      if (round % 10 === 0) await backend.abort(`asked-${round}`)
    }

    expect(seen.size).toBeGreaterThan(10)
    child.stdin.end()
    // It ends with 0 where all of its transactions went through and the file is sound.
    expect(await once(child, 'exit')).toEqual([0, null])
    expect((await backend.get(['asked-0', 'asked-290'])).size).toBe(2)
  },
)

test('a file that is not there is not made', async () => {
  const backend = open(inFolder('results.db'))
  for (const question of [backend.check(), backend.abort('a'), backend.check()]) {
    expect(await refusal(question)).toMatch(/there is no file .*results\.db\. Check the name/)
  }
})

test('a relative file is looked for from here', async () => {
  expect(await refusal(open('nowhere.db').check())).toContain(join(process.cwd(), 'nowhere.db'))
})

test('a file without the table, and one that is no database', async () => {
  await writeFile(inFolder('results.db'), '')
  expect(await refusal(open(inFolder('results.db')).check())).toMatch(/no table celery_taskmeta/)
  const other = inFolder('other.db')
  await writeFile(other, 'some text that is no database, long enough to be one '.repeat(100))
  expect(await refusal(open(other).check())).toMatch(/file is not a database/)
})
