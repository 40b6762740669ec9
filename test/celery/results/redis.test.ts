import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startRedis } from '../../../scripts/services/redis.mjs'
import { type Malformed, ResultBackendUnreachable } from '../../../src/celery/errors.js'
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
