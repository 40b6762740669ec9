import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../../scripts/services/redis.mjs'
import { CannotAbort, type Malformed, ResultBackendUnreachable } from '../../../src/celery/errors.js'
import type { ResultBackend } from '../../../src/celery/results/backend.js'
import { openResultBackend } from '../../../src/celery/results/open.js'

let dir: string
let server: Awaited<ReturnType<typeof startRedis>>
let worker: Redis
const opened: ResultBackend[] = []

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crisper-'))
  server = await startRedis({ dir, password: 'hunter2' })
  worker = new Redis(server.url)
  worker.on('error', () => undefined)
})
afterEach(async () => {
  for (const backend of opened.splice(0)) await backend.close()
})
afterAll(async () => {
  worker.disconnect()
  await server.stop()
  await rm(dir, { recursive: true, force: true })
})

function open(
  url: string,
  extra: { resultKeyprefix?: string; onMalformed?: (id: string, problem: Malformed) => void } = {},
) {
  const backend = openResultBackend(url, {
    resultKeyprefix: '',
    masterName: 'mymaster',
    sentinelPassword: null,
    ...extra,
  })
  opened.push(backend)
  return backend
}

const success = (result: unknown) =>
  JSON.stringify({ status: 'SUCCESS', result, traceback: null, children: [] })

test('finds what is stored, and leaves out what is unknown or broken', async () => {
  await worker.set('celery-task-meta-a', success(1))
  await worker.set('celery-task-meta-b', '{"status": "SUC')
  await worker.set('celery-task-meta-é/%#', success('é'))
  await worker.lpush('celery-task-meta-list', 'x')
  const problems: [string, string][] = []
  const backend = open(server.url, { onMalformed: (id, { reason }) => problems.push([id, reason]) })

  const found = await backend.get(['a', 'b', 'missing', 'list', 'é/%#', 'a'])

  expect([...found].map(([id, { status, result }]) => [id, status, result])).toEqual([
    ['a', 'SUCCESS', 1],
    ['é/%#', 'SUCCESS', 'é'],
  ])
  expect(problems).toEqual([['b', 'not_json']])
  expect(await backend.get([])).toEqual(new Map())
})

test('asks for thousands in batches', async () => {
  const ids = Array.from({ length: 2_500 }, (_, index) => `many-${index}`)
  await worker.mset(new Map(ids.map((id) => [`celery-task-meta-${id}`, success(id)])))
  await worker.config('RESETSTAT')

  const found = await open(server.url).get(ids)

  expect([...found.keys()]).toEqual(ids)
  expect(found.get('many-2499')?.result).toBe('many-2499')
  expect(await worker.info('commandstats')).toContain('cmdstat_mget:calls=3,')
})

test.each([
  ['rp', 'rp_celery-task-meta-p'],
  ['rp:', 'rp:celery-task-meta-p'],
  ['rp-', 'rp-celery-task-meta-p'],
])('reads under the key prefix %s as Celery writes it: %s', async (resultKeyprefix, key) => {
  await worker.set(key, success(key))

  expect((await open(server.url, { resultKeyprefix }).get(['p'])).get('p')?.result).toBe(key)
})

const day = 24 * 3600

test('asks a task to abort under the key prefix', async () => {
  await open(server.url, { resultKeyprefix: 'rp' }).abort('asked')

  expect(await worker.get('rp_celery-task-meta-asked')).toContain('"ABORTED"')
})

test.each([
  ['a day at least', 60, day],
  ['as long as the entry that it takes the place of', 7 * day, 7 * day],
  ['for ever where that is kept for ever', null, -1],
])('an abort is kept %s', async (_, before, after) => {
  const key = 'celery-task-meta-kept'
  await worker.set(key, '{"status": "PROGRESS", "result": {"done": 1}}')
  if (before !== null) await worker.expire(key, before)

  await open(server.url).abort('kept')

  expect(await worker.get(key)).toContain('"ABORTED"')
  const left = await worker.ttl(key)
  expect(left).toBeLessThanOrEqual(after)
  expect(left).toBeGreaterThan(after - 60)
})

test('a result that comes at the same moment as an abort stays', async () => {
  const backend = open(server.url)
  const ids = Array.from({ length: 300 }, (_, index) => `race-${index}`)

  await Promise.all(
    ids.flatMap((id) => [backend.abort(id), worker.set(`celery-task-meta-${id}`, success(id))]),
  )

  const states = [...(await backend.get(ids)).values()].map(({ status }) => status)
  expect(new Set(states)).toEqual(new Set(['SUCCESS']))
})

test.each([
  ['a pickle', Buffer.from('80059511000000000000007d948c06737461747573948c', 'hex')],
  ['YAML', Buffer.from('status: STARTED\n')],
])('what is no JSON is left as it is, and the abort rejected: %s', async (_, entry) => {
  await worker.set('celery-task-meta-foreign', entry)

  await expect(open(server.url).abort('foreign')).rejects.toThrow(CannotAbort)

  expect(await worker.getBuffer('celery-task-meta-foreign')).toEqual(entry)
})

test('says so when the server refuses or is away, without the password', async () => {
  const wrong = open(server.url.replace('hunter2', 'hunter3'))
  const backend = open(server.url)
  await backend.check()
  await server.kill()

  const failures = await Promise.allSettled([
    wrong.check(),
    wrong.get(['a']),
    backend.check(),
    backend.get(['a']),
    backend.abort('a'),
  ])

  for (const failure of failures) {
    if (failure.status === 'fulfilled') throw new Error('it answered')
    expect(failure.reason).toBeInstanceOf(ResultBackendUnreachable)
    expect(failure.reason.message).toMatch(/redis:\/\/:\*\*@127\.0\.0\.1/)
    expect(failure.reason.message).not.toContain('hunter')
  }

  await server.restart()
  await expect.poll(() => backend.check().then(() => 'up', String), { timeout: 10_000 }).toBe('up')
  await expect(wrong.check()).rejects.toThrow(/WRONGPASS.*Check user, password/)
})
