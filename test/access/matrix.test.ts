import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { builtInRoles, needsWholeScope, type Permission, permissions } from '../../src/access/permissions.js'
import { AccessRig } from './access-rig.js'
import { openTestStream } from './stream.js'
import { type Company, makeTwoCompanies, typesOfCompanies } from './two-companies.js'

/** Roles and scopes of the tokens; `blind` sees no payload. */
const identities = {
  admin: { role: 'admin', scope: {} },
  operator: { role: 'operator', scope: {} },
  viewer: { role: 'viewer', scope: {} },
  blind: { role: 'blind', scope: {} },
  'admin of a company': { role: 'admin', scope: { companies: ['4'] } },
  'operator of a company': { role: 'operator', scope: { companies: ['4'] } },
  'viewer of a company': { role: 'viewer', scope: { companies: ['4'] } },
  'operator of a tenant': { role: 'operator', scope: { tenants: ['quartz-tenant'] } },
  'operator of a type': { role: 'operator', scope: { task_types: ['quartz_type'] } },
  'operator of a queue': { role: 'operator', scope: { queues: ['quartz-queue'] } },
  'operator of both': { role: 'operator', scope: { companies: ['4'], tenants: ['quartz-tenant'] } },
  'admin of nothing': { role: 'admin', scope: { companies: [] } },
} as const

type Name = keyof typeof identities
const names = Object.keys(identities) as Name[]
const scoped = names.filter((name) => Object.keys(identities[name].scope).length > 0)
const rolePermissions: Readonly<Record<string, readonly Permission[]>> = {
  ...builtInRoles,
  blind: ['tasks:read', 'tasks:stop', 'fleet:read'],
}

const openapi = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ 'x-access': z.enum(['public', 'signed-in', ...permissions]) })),
  ),
})

let rig: AccessRig
let mine: Company
let theirs: Company
let routes: { method: string; path: string; access: 'public' | 'signed-in' | Permission }[]

beforeAll(async () => {
  rig = await AccessRig.start(
    `${typesOfCompanies}\naccess:\n  roles:\n    blind: ["tasks:read", "tasks:stop", "fleet:read"]\n`,
  )
  for (const name of names) {
    const { role, scope } = identities[name]
    await rig.makeToken(name.replaceAll(' ', '-'), role, scope)
  }
  ;({ mine, theirs } = await makeTwoCompanies(rig))
  const { paths } = openapi.parse((await rig.ask('GET', '/api/openapi.json')).body)
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({
      method: method.toUpperCase(),
      path,
      access: route['x-access'],
    })),
  )
})

afterAll(async () => {
  await rig?.stop()
})

const tokenOf = (name: Name) => rig.token(name.replaceAll(' ', '-'))

/** The same route about something of a company. Streams are asked by themselves, below. */
function about(path: string, company: Company, taskIndex: number): string {
  return path
    .replace('{task_id}', encodeURIComponent(company.taskIds[taskIndex] ?? ''))
    .replace('/stops/{id}', `/stops/${company.stopId}`)
    .replace('/stop-batches/{id}', `/stop-batches/${company.batchId}`)
    .replace('/views/{id}', `/views/${company.viewId}`)
    .replace(/\{\w+\}/, 'quartz')
}

/** Routes that can be asked again and again: those that end sessions, tokens and users need some of their own. */
const asked = () => routes.filter(({ path }) => !/live|oidc|\/tokens\/.*revoke|users/.test(path))

/** The types of tasks are named in the settings, for everybody but those who are held to some. */
const isSettings = (path: string) => path === '/api/tasks/types/'

/** Nothing but arguments. */
const isPayload = (path: string) => ['/api/celery/queues/', '/api/queues/{name}/messages/'].includes(path)

function expected(name: Name, access: string): 'let through' | 'refused' {
  if (access === 'public' || access === 'signed-in') return 'let through'
  const permission = permissions.find((each) => each === access)
  if (permission === undefined) throw new Error(`no permission ${access}`)
  const has = rolePermissions[identities[name].role]?.includes(permission) ?? false
  return has && !(needsWholeScope(permission) && scoped.includes(name)) ? 'let through' : 'refused'
}

test('every route says who may call it', () => {
  expect(routes.length).toBeGreaterThan(30)
})

test('nobody is let in without a token but where it is for everybody', async () => {
  for (const { method, path, access } of asked()) {
    const { status, body } = await rig.ask(method, about(path, mine, 3), {
      body: method === 'GET' ? undefined : {},
    })
    if (access === 'public') expect({ path, status }).not.toMatchObject({ status: 403 })
    else
      expect({ method, path, status, body }).toMatchObject({
        status: 401,
        body: { error: expect.any(String) },
      })
  }
})

describe.each(names)('%s', (name) => {
  test('is let through where the role and the scope say so, and nowhere else', async () => {
    const check = async ({ method, path, access }: (typeof routes)[number]) => {
      // A task that has ended: nothing is stopped by this.
      const { status, body } = await rig.ask(method, about(path, mine, 3), {
        token: tokenOf(name),
        body: method === 'GET' ? undefined : { name: 'x y', dry_run: true, task_ids: [] },
      })
      const seen = { method, path, access, status, body }
      if (expected(name, access) === 'refused' || (name === 'blind' && isPayload(path)))
        expect(seen).toMatchObject({ status: 403 })
      else expect(seen.status === 401 || seen.status === 403 ? seen : 'let through').toBe('let through')
    }
    await Promise.all(
      asked()
        .filter(({ path }) => !path.startsWith('/api/session') && !path.includes('views/{id}'))
        .map(check),
    )
  })
})

describe.each(scoped)('%s learns nothing of the other company', (name) => {
  const ask = (method: string, path: string, body?: unknown) =>
    rig.ask(method, path, { token: tokenOf(name), ...(body !== undefined && { body }) })

  test('from any route, asked about its things by name', async () => {
    const check = async (method: string, target: string) => {
      const { text } = await ask(method, target, method === 'GET' ? undefined : { reason: 'prying' })
      // What was asked may be repeated.
      const told = theirs.taskIds.reduce((rest, id) => rest.replaceAll(id, ''), text)
      expect({ target, told }).not.toMatchObject({ told: expect.stringContaining(theirs.word) })
    }
    const places = asked().filter(
      ({ path, access }) => access !== 'public' && !path.startsWith('/api/session') && !isSettings(path),
    )
    await Promise.all(
      places.flatMap(({ method, path }) => {
        const things = path.includes('{task_id}') ? theirs.taskIds.keys() : [0]
        return [...things].map((index) => check(method, about(path, theirs, index)))
      }),
    )
  })

  test('and a task of it is answered like one that is not there', async () => {
    const places = routes.filter(({ path }) => path.includes('{task_id}'))
    expect(places.length).toBeGreaterThanOrEqual(6)
    for (const { method, path } of places) {
      const body = method === 'GET' ? undefined : {}
      const [there, missing] = await Promise.all([
        ask(method, path.replace('{task_id}', theirs.taskIds[3] ?? ''), body),
        ask(method, path.replace('{task_id}', 'nobody-knows-this'), body),
      ])
      expect(there.status).toBe(missing.status)
      expect(there.text.replaceAll(theirs.taskIds[3] ?? '', 'ID')).toBe(
        missing.text.replaceAll('nobody-knows-this', 'ID'),
      )
    }
  })

  test('from lists, totals, counts, statistics and overviews, under any filter', async () => {
    const filters = ['', `company_id=5`, `tenant_id=jasper-tenant`, `task_type=jasper_type`, 'search=jasper']
    const mineOnly = name === 'admin of nothing' ? 0 : mine.taskIds.length
    for (const [index, filter] of filters.entries()) {
      const seen = index === 0 ? mineOnly : 0
      const list = await ask('GET', `/api/tasks/?${filter}`)
      expect({ filter, total: list.body.total, text: list.text.includes(theirs.word) }).toEqual({
        filter,
        total: seen,
        text: false,
      })
      expect((await ask('GET', `/api/tasks/counts/?${filter}`)).body.total).toBe(seen)
      if (!filter.startsWith('tenant') && !filter.startsWith('search')) {
        const told = await ask('GET', `/api/tasks/statistics/?${filter}`)
        expect(told.body.total).toBe(seen)
        expect(told.text).not.toContain(theirs.word)
      }
      const overview = await ask('GET', `/api/tasks/overview/?${filter}`)
      expect(overview.body.totals.total).toBe(seen)
      expect(overview.text).not.toContain(theirs.word)
    }
    expect((await ask('GET', '/jobs/')).text).not.toContain(theirs.word)
    expect((await ask('GET', '/api/celery/results/')).text).not.toContain(theirs.word)
    expect((await ask('GET', '/api/stops/')).text).not.toContain(theirs.word)
    expect((await ask('GET', '/api/stop-batches/')).text).not.toContain(theirs.word)
    expect((await ask('GET', '/api/views/')).text).not.toContain(theirs.word)
  })

  test('with a cursor that was made for somebody who sees it', async () => {
    const page = await rig.ask('GET', '/api/tasks/?limit=1', { token: rig.token('admin') })
    for (let cursor = page.body.next_cursor; cursor !== null; ) {
      const stolen = await ask('GET', `/api/tasks/?limit=50&cursor=${cursor}`)
      expect(stolen.text).not.toContain(theirs.word)
      const next = await rig.ask('GET', `/api/tasks/?limit=3&cursor=${cursor}`, { token: rig.token('admin') })
      cursor = next.body.next_cursor
    }
  })

  test('nor stops anything of it in bulk', async () => {
    for (const selection of [
      { filter: { search: 'jasper' } },
      { filter: { company_id: '5' } },
      { task_ids: theirs.taskIds },
    ]) {
      const counted = await ask('POST', '/api/tasks/stop/', { ...selection, dry_run: true })
      if (counted.status === 403) continue
      expect(counted.body).toMatchObject({ total: 0, by_state: {}, running_on: {} })
      const made = await ask('POST', '/api/tasks/stop/', { ...selection, hard: true })
      expect(made.body).toMatchObject({ total: 0 })
    }
  })
})

test('the stream of one scope is silent about the other', async () => {
  const [seesMine, seesAll] = await Promise.all([
    openTestStream(rig.crisper.url, tokenOf('operator of a company')),
    openTestStream(rig.crisper.url, tokenOf('admin')),
  ])
  try {
    const stop = (id: string | undefined) =>
      rig.ask('POST', `/api/tasks/${id}/stop/`, { token: rig.token('admin'), body: {} })
    await stop(theirs.taskIds[1])
    await seesAll.until(theirs.taskIds[1] ?? '')
    await stop(mine.taskIds[1])
    await seesMine.until(mine.taskIds[1] ?? '')
    expect(seesMine.text()).not.toContain(theirs.word)
  } finally {
    seesMine.close()
    seesAll.close()
  }
})

test('who is held to some types sees no other named', async () => {
  const types = (name: Name) => rig.ask('GET', '/api/tasks/types/', { token: tokenOf(name) })
  expect((await types('operator of a type')).body.task_types).toEqual([
    { value: 'quartz_type', display: 'Quartz Type' },
  ])
  expect((await types('admin')).text).toContain('jasper_type')
})

test('without the permission for it the payload is hidden, everywhere', async () => {
  const blind = rig.token('blind')
  const failed = mine.taskIds[4]
  for (const path of [
    `/api/tasks/${failed}/`,
    '/api/tasks/',
    '/jobs/',
    `/jobs/${failed}/`,
    '/api/celery/results/',
  ]) {
    expect((await rig.ask('GET', path, { token: rig.token('viewer') })).text).toContain('quartz broke')
    const { text } = await rig.ask('GET', path, { token: blind })
    expect({ path, text }).not.toMatchObject({
      text: expect.stringMatching(/broke|result"?: ?"?\{|quartz result/),
    })
  }
  const { body } = await rig.ask('GET', `/api/tasks/${failed}/`, { token: blind })
  expect(body).toMatchObject({ state: 'FAILURE', error: null, payload_hidden: true })
})
