import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runToEnd } from '../../scripts/services/process.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import { TestCrisper } from '../harness/crisper.js'
import { TestFolder } from '../harness/test-folder.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = new TestFolder()
let files: string[]
let prefix: string

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })])

beforeAll(async () => {
  const target = folder.path('tarball')
  // dist was built for the tests; packing must not build it again under the feet of those that run now.
  const pack = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', target])
  const [{ filename, files: list }] = packed.parse(JSON.parse(pack))
  files = list.map(({ path }) => path)
  prefix = folder.path('prefix')
  await npm(['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', join(target, filename)])
}, 240_000)

afterAll(() => folder.remove())

test('the package holds the product, its documents and licence, and nothing else', () => {
  expect(files).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'LICENSE',
      'dist/cli/main.js',
      'python/crisper_hooks.py',
    ]),
  )
  expect(files.some((path) => path.startsWith('docs/'))).toBe(true)
  const wanted =
    /^(dist|docs)\/|^python\/crisper_hooks\.py$|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/
  expect(files.filter((path) => !wanted.test(path) || /\.test\./.test(path))).toEqual([])
})

test('installed into an empty prefix, its command runs', async () => {
  const { ok, output } = await runToEnd(join(prefix, 'bin/crisper'), ['--help'])
  expect(output).toContain('serve')
  expect(ok).toBe(true)
})

test('installed into an empty prefix, it prints the hooks for Python', async () => {
  const { ok, output } = await runToEnd(join(prefix, 'bin/crisper'), ['hooks'])
  expect(output.trimEnd()).toBe(readFileSync(join(root, 'python/crisper_hooks.py'), 'utf8').trimEnd())
  expect(ok).toBe(true)
})

test('installed into an empty prefix, it serves with a database of its own', async () => {
  const redis = await startRedis({ dir: folder.path('redis') })
  const crisper = await TestCrisper.start(['--broker', redis.url, '--data-dir', folder.path('data')], {
    program: join(prefix, 'bin/crisper'),
  })
  try {
    expect(await crisper.list()).toMatchObject({ tasks: [], total: 0 })
  } finally {
    expect(await crisper.end()).toBe(0)
    await redis.stop()
  }
})

async function npm(args: string[]): Promise<string> {
  const { ok, output } = await runToEnd('npm', args, { cwd: root })
  if (!ok) throw new Error(`npm ${args.join(' ')} failed:\n${output}`)
  return output
}
