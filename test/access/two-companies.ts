import { randomUUID } from 'node:crypto'
import { eventually } from '../harness/eventually.js'
import { base, described, started } from '../harness/made-events.js'
import { openRawEvents } from '../harness/raw-events.js'
import type { AccessRig } from './access-rig.js'

/** Everything of a company bears its word, so that any trace of it is found in an answer. */
export interface Company {
  readonly word: 'quartz' | 'jasper'
  readonly taskIds: readonly string[]
  readonly stopId: string
  readonly batchId: string
  readonly viewId: string
}

/** Task types of the two, as settings. */
export const typesOfCompanies = `
task_types:
  types:
    - { value: quartz_type, prefixes: [quartz.] }
    - { value: jasper_type, prefixes: [jasper.] }
`

const states = ['SENT', 'SENT', 'STARTED', 'SUCCESS', 'FAILURE', 'SUCCESS', 'FAILURE'] as const

/** Tasks, a stop, a batch and a shared view of each of two companies that know nothing of each other. */
export async function makeTwoCompanies(rig: AccessRig): Promise<{ mine: Company; theirs: Company }> {
  return { mine: await make(rig, 'quartz', 4), theirs: await make(rig, 'jasper', 5) }
}

async function make(rig: AccessRig, word: Company['word'], companyId: number): Promise<Company> {
  const token = rig.token('admin')
  const taskIds = states.map((_, index) => `${word}-${index}-${randomUUID()}`)
  const raw = await openRawEvents('redis', rig.redis.url)
  await raw.publish(states.flatMap((state, index) => lifeOf(taskIds[index] ?? '', state, word, companyId)))
  await raw.close()
  await eventually(
    `the tasks of ${word} to be there`,
    () => rig.ask('GET', `/api/tasks/counts/?task_type=${word}_type`, { token }),
    ({ body }) => JSON.stringify(body.by_state) === '{"FAILURE":2,"SENT":2,"STARTED":1,"SUCCESS":2}',
  )
  const stop = await rig.ask('POST', `/api/tasks/${taskIds[0]}/stop/`, { token, body: { reason: word } })
  const filter = { task_type: `${word}_type`, state: 'SENT' }
  const batch = await rig.ask('POST', '/api/tasks/stop/', { token, body: { filter, reason: word } })
  const view = await rig.ask('POST', '/api/views/', {
    token,
    body: { name: `${word} view`, page: 'tasks', query: { company_id: `${companyId}` }, shared: true },
  })
  return { word, taskIds, stopId: stop.body.stop.id, batchId: batch.body.id, viewId: view.body.id }
}

function lifeOf(id: string, state: (typeof states)[number], word: string, companyId: number): object[] {
  const host = `${word}@host`
  const description = {
    ...described,
    name: `${word}.load`,
    args: `('${word}',)`,
    kwargs: `{'company_id': ${companyId}, 'tenant_id': '${word}-tenant'}`,
  }
  const events: object[] = [{ ...base(id), type: 'task-sent', ...description, queue: `${word}-queue` }]
  if (state === 'SENT') return events
  events.push({ ...base(id, undefined, host), type: 'task-received', ...description })
  events.push(started(id, undefined, host))
  if (state === 'SUCCESS') {
    events.push({
      ...base(id, undefined, host),
      type: 'task-succeeded',
      result: `'${word} result'`,
      runtime: 1,
    })
  }
  if (state === 'FAILURE') {
    const [exception, traceback] = [`ValueError('${word} broke')`, `Traceback:\nValueError: ${word} broke`]
    events.push({ ...base(id, undefined, host), type: 'task-failed', exception, traceback })
  }
  return events
}
