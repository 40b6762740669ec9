import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { runToEnd } from '../../scripts/services/process.mjs'

const probe = new URL('../../deploy/probe.mjs', import.meta.url).pathname

test('the probe succeeds on 200 only, and says what was answered', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? 200 : 503
    response.end(`answer to ${request.url}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  expect(await ask('/healthz', port)).toMatchObject({ ok: true, output: 'answer to /healthz' })
  expect(await ask('/readyz', port)).toMatchObject({ ok: false, output: 'answer to /readyz' })

  await new Promise((resolve) => server.close(resolve))
  const { ok, output } = await ask('/healthz', port)
  expect(ok).toBe(false)
  expect(output).toContain('ECONNREFUSED')
})

function ask(path: string, port: number) {
  return runToEnd(process.execPath, [probe, path], { env: { ...process.env, CRISPER_PORT: `${port}` } })
}
