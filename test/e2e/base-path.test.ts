import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'

const browser = '203.0.113.9'

interface Proxy {
  /** Where browsers find Crisper, without a slash at the end. */
  readonly url: string
  stop(): Promise<void>
}

/** A reverse proxy for `/crisper`, as people put in front: it passes the prefix on, or cuts it off. */
async function startProxy(target: string, { strips }: { strips: boolean }): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, answer) => {
    const path = incoming.url ?? '/'
    if (!/^\/crisper([/?]|$)/.test(path)) {
      answer.writeHead(404).end('another application')
      return
    }
    const onward = request(
      {
        hostname,
        port,
        path: strips ? path.slice('/crisper'.length) || '/' : path,
        method: incoming.method,
        headers: forwarded(incoming.headers),
      },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      },
    )
    onward.on('error', () => answer.writeHead(502).end())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: ownPort } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${ownPort}/crisper`, stop: () => closed(server) }
}

/** As nginx does: the client's address is added to what came in; the public name and scheme are passed on. */
function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return {
    ...headers,
    'x-forwarded-for': [headers['x-forwarded-for'], browser].flat().filter(Boolean).join(', '),
    'x-forwarded-host': 'tasks.example.org',
    'x-forwarded-proto': 'https',
  }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

describe('below a base path', () => {
  let cluster: Cluster
  let crisper: TestCrisper
  let proxies: Record<'passing' | 'stripping', Proxy>

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    crisper = await TestCrisper.start([
      ...cluster.crisperFlags,
      ...['--base-path', '/crisper', '--trusted-proxy', '127.0.0.1'],
    ])
    const target = crisper.url.replace(/\/crisper$/, '')
    proxies = {
      passing: await startProxy(target, { strips: false }),
      stripping: await startProxy(target, { strips: true }),
    }
  })

  afterAll(async () => {
    await proxies?.passing.stop()
    await proxies?.stripping.stop()
    await crisper?.end()
    await cluster?.stop()
  })

  test('the address that it says it listens on has the base path', async () => {
    expect(crisper.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/crisper$/)
    expect((await crisper.get('/api/tasks/')).status).toBe(200)
  })

  describe.each(['passing', 'stripping'] as const)('a proxy %s the prefix', (kind) => {
    const at = (path: string) => `${proxies[kind].url}${path}`

    test.each(['/api/tasks/', '/api/tasks', '/api/tasks/types/', '/jobs/', '/healthz', '/readyz'])(
      '%s answers',
      async (path) => {
        expect((await fetch(at(path))).status).toBe(200)
      },
    )

    test('the documentation is found without its slash', async () => {
      const response = await fetch(at('/api/docs'), { redirect: 'manual' })
      expect(response.status).toBe(302)
      expect(new URL(response.headers.get('location') ?? '', at('/api/docs')).href).toBe(at('/api/docs/'))
    })

    test.each(['', '/', '/tasks', '/tasks/some-id?x=1'])(
      '%s is a page whose files are found',
      async (path) => {
        const response = await fetch(at(path), { headers: { accept: 'text/html' } })
        expect(response.status).toBe(200)
        expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
        const html = await response.text()
        const [, base = ''] = /<base href="([^"]+)"/.exec(html) ?? []
        const links = [...html.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(
          ([, link]) => new URL(link ?? '', new URL(base, at(path))),
        )
        expect(links.length).toBeGreaterThanOrEqual(3)
        for (const link of links) {
          expect(link.pathname).toMatch(/^\/crisper\//)
          expect((await fetch(link)).status, link.href).toBe(200)
        }
      },
    )

    test('the documentation loads with all its assets', async () => {
      const page = at('/api/docs/')
      const html = await (await fetch(page)).text()
      const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => new URL(link ?? '', page))
      expect(links.length).toBeGreaterThanOrEqual(4)
      for (const link of links) {
        expect(link.pathname).toMatch(/^\/crisper\/api\/docs\//)
        expect((await fetch(link)).status, link.href).toBe(200)
      }
    })

    test('the OpenAPI document names the base path as its server', async () => {
      const document = await (await fetch(at('/api/openapi.json'))).json()
      expect(document).toMatchObject({ servers: [{ url: '/crisper' }] })
      expect(document).toHaveProperty(['paths', '/api/tasks/'])
    })

    test('a page of its own origin may stop tasks, one of another may not', async () => {
      const stop = (origin: string) =>
        fetch(at(`/api/tasks/${kind}-origin/stop/`), { method: 'POST', headers: { origin } })
      expect((await stop('https://tasks.example.org')).status).toBe(200)
      expect((await stop('https://evil.example.org')).status).toBe(403)
    })
  })

  test('a path that only starts like the base path is another application', async () => {
    expect((await fetch(`${crisper.url}-other/api/tasks/`)).status).toBe(404)
  })
})

describe('the address of who asked for a stop', () => {
  let cluster: Cluster
  const running: { end(): Promise<unknown> }[] = []

  beforeAll(async () => {
    cluster = await Cluster.start('redis')
    await cluster.startWorker()
  })

  afterAll(async () => {
    for (const each of running) await each.end()
    await cluster?.stop()
  })

  test.each([
    { trusts: 'no proxy', flags: [], by: '127.0.0.1' },
    { trusts: 'another proxy', flags: ['--trusted-proxy', '10.0.0.0/8'], by: '127.0.0.1' },
    { trusts: 'this proxy', flags: ['--trusted-proxy', '10.0.0.0/8', '127.0.0.1'], by: browser },
  ])('is $by where Crisper trusts $trusts', async ({ trusts, flags, by }) => {
    const crisper = await TestCrisper.start([
      ...['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl],
      ...['--data-dir', cluster.folder.path(`data of ${trusts}`), '--base-path', '/crisper', ...flags],
    ])
    running.push(crisper)
    const proxy = await startProxy(crisper.url, { strips: true })
    running.push({ end: proxy.stop })
    const id = await cluster.send('test.add', { x: 1, y: 2 }, { countdown: 60 })
    await crisper.untilState(id, 'SENT', 'RECEIVED')

    // What a client writes into the header itself is never believed: only what the proxy added.
    const response = await fetch(`${proxy.url}/api/tasks/${id}/stop/`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '198.51.100.1' },
    })

    expect(response.status).toBe(200)
    expect(await crisper.untilState(id, 'REVOKED')).toMatchObject({
      error: expect.stringContaining(`by anonymous (${by})`),
    })
  })
})
