import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Look } from '../harness/browser.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { WithBrowser } from '../harness/with-browser.js'

/** The front end of the application, elsewhere: it has the user's token, and nothing else of Crisper. */
const secret = 'a secret that the application shares'
const look: Look = { theme: 'light', width: 1280 }
const answered = z.object({ status: z.number(), body: z.json() })

let cluster: Cluster
let crisper: TestCrisper
const servers: Server[] = []
let listed: string
let unlisted: string
const browser = new WithBrowser()

beforeAll(async () => {
  listed = await serveFrontEnd()
  unlisted = await serveFrontEnd()
  cluster = await Cluster.start('redis')
  await cluster.startWorker()
  const config = cluster.folder.writeConfig(
    `access:
  cors_origins: ["${listed}"]
  jwt:
    secret: ${secret}
    claims: { user: email, role: role, companies: companies }
`,
  )
  crisper = await TestCrisper.start([...cluster.crisperFlags, '--config', config])
})
afterAll(async () => {
  expect(await crisper?.end()).toBe(0)
  await cluster?.stop()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

/** Answers with its origin. */
async function serveFrontEnd(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>The application</title>')
  })
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it has no port')
  return `http://127.0.0.1:${address.port}`
}

async function tokenOf(role: string, companies: readonly number[]): Promise<string> {
  return await new SignJWT({ email: 'ana@example.com', role, companies: [...companies] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('10 minutes')
    .sign(new TextEncoder().encode(secret))
}

/**
 * A page of that origin, and its calls to Crisper: the answer, or that the browser did not let it have one. It asks Crisper's
 * leave for each before (a preflight), since they carry a token.
 */
async function frontEndOf(origin: string, token: string) {
  const page = await browser.openPage({ url: origin }, '/', look)
  const call = async (method: string, path: string, body?: object) => {
    const found = await page.evaluate(
      async ({ url, method, token, body }) => {
        try {
          const response = await fetch(url, {
            method,
            headers: {
              authorization: `Bearer ${token}`,
              ...(body !== undefined && { 'content-type': 'application/json' }),
            },
            ...(body !== undefined && { body: JSON.stringify(body) }),
          })
          return { status: response.status, body: await response.json() }
        } catch (error) {
          return String(error)
        }
      },
      { url: `${crisper.url}${path}`, method, token, body },
    )
    return typeof found === 'string' ? found : answered.parse(found)
  }
  return { call, close: () => page.context().close() }
}

async function running(companyId: number): Promise<string> {
  const id = await cluster.send('etl.process_etl_file', { seconds: 60, company_id: companyId })
  const boss = { authorization: `Bearer ${await tokenOf('operator', [companyId])}` }
  await eventually(
    `${id} to run`,
    async () => {
      const response = await fetch(`${crisper.url}/api/tasks/${id}/`, { headers: boss })
      return answered.parse({ status: response.status, body: await response.json() }).body
    },
    (task) => JSON.stringify(task).includes('"STARTED"'),
  )
  return id
}

test('a page of a listed origin lists and stops with the token that its user has already', async () => {
  const [mine, theirs] = [await running(4), await running(5)]
  const page = await frontEndOf(listed, await tokenOf('operator', [4]))

  expect(await page.call('GET', '/api/tasks/')).toMatchObject({
    status: 200,
    body: { total: 1, tasks: [{ task_id: mine, state: 'STARTED' }] },
  })
  expect(await page.call('POST', `/api/tasks/${theirs}/stop/`, { hard: true })).toMatchObject({ status: 404 })
  expect(await page.call('POST', `/api/tasks/${mine}/stop/`, { hard: true })).toMatchObject({ status: 200 })
  await eventually(
    'it to be stopped',
    () => page.call('GET', `/api/tasks/${mine}/`),
    (answer) => JSON.stringify(answer).includes('"state":"REVOKED"'),
  )
  await page.close()
})

test('it is told why it may not, and a token that is none is refused', async () => {
  const viewer = await frontEndOf(listed, await tokenOf('viewer', [4]))
  expect(await viewer.call('POST', '/api/tasks/anything/stop/', {})).toMatchObject({
    status: 403,
    body: { error: expect.stringContaining('tasks:stop') },
  })
  await viewer.close()
  const nobody = await frontEndOf(listed, 'nothing')
  expect(await nobody.call('GET', '/api/tasks/')).toMatchObject({ status: 401 })
  await nobody.close()
})

test('a page of any other origin gets nothing, and changes nothing', async () => {
  const id = await running(4)
  const page = await frontEndOf(unlisted, await tokenOf('operator', [4]))

  expect(await page.call('GET', '/api/tasks/')).toContain('TypeError')
  expect(await page.call('POST', `/api/tasks/${id}/stop/`, { hard: true })).toContain('TypeError')

  const allowed = await frontEndOf(listed, await tokenOf('operator', [4]))
  expect(await allowed.call('GET', `/api/tasks/${id}/`)).toMatchObject({
    body: { state: 'STARTED', stop: null },
  })
  await page.close()
  await allowed.close()
})
