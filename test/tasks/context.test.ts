import { describe, expect, test } from 'vitest'
import { contextOf, mergeContexts } from '../../src/tasks/context.js'
import { deriveJob } from '../../src/tasks/derive.js'
import { mergeRecords } from '../../src/tasks/merge.js'
import type { TaskRecord } from '../../src/tasks/record.js'
import { recordOfEvent } from '../../src/tasks/record-of-event.js'
import { parseRecord } from '../../src/tasks/stored-record.js'
import { taskTypes } from '../../src/tasks/task-types.js'
import { description, reading } from '../harness/made-events.js'

const types = taskTypes()
const base = { uuid: 'task', hostname: 'w1@host', pid: 1, timestamp: 1, arrivedAt: 1 }
const received = recordOfEvent(
  { event: { ...base, type: 'task-received', task: description }, at: 1 },
  reading,
)

function rowOf(...contexts: object[]) {
  const records = contexts.map((fields, nth) =>
    recordOfEvent(
      { event: { ...base, type: 'crisper-context', fields: { ...fields } }, at: 2 + nth },
      reading,
    ),
  )
  return deriveJob([received, ...records].reduce(mergeRecords), types)
}

describe('the row', () => {
  test('has what the context says before what the arguments say', () => {
    expect(rowOf({})).toMatchObject({
      kind: 'etl',
      tenantId: null,
      meta: { company_id: 4, task_type: 'etl' },
    })
    expect(rowOf({ tenant_id: 't1', company_id: 9, user_id: '12', kind: 'nightly' })).toMatchObject({
      kind: 'nightly',
      tenantId: 't1',
      createdById: 12,
      meta: { company_id: 9, task_type: 'etl' },
    })
  })

  test('has the keys of meta, but its type and company stay its own', () => {
    const { meta, kind } = rowOf({ meta: { task_type: 'theirs', company_id: 5, file: 'a.csv' } })
    expect(meta).toEqual({ file: 'a.csv', task_type: 'etl', company_id: 5 })
    expect(kind).toBe('etl')
  })

  test('a later context that knows less takes nothing away', () => {
    const job = rowOf({ tenant_id: 't1', meta: { a: 1, b: 1 } }, { kind: 'late', meta: { b: 2 } })
    expect(job).toMatchObject({ tenantId: 't1', kind: 'late', meta: { a: 1, b: 2 } })
  })

  test('progress brings meta along, and is no event of the timeline', () => {
    const event = {
      ...base,
      type: 'custom',
      name: 'task-progress',
      fields: { meta: { file: 'b.csv' } },
    } as const
    const record = mergeRecords(received, recordOfEvent({ event, at: 3 }, reading))
    expect(deriveJob(record, types).meta).toMatchObject({ file: 'b.csv' })
    expect(record.timeline.map(({ type }) => type)).toEqual(['task-received'])
  })
})

describe('reading', () => {
  test('odd values are left out', () => {
    expect(
      contextOf({ tenant_id: ['t'], company_id: 1.5, user_id: 'ana', kind: '', meta: ['x'] }, 1),
    ).toBeUndefined()
    expect(contextOf({ tenant_id: 7, user_id: 2 ** 60 }, 1)).toEqual({ tenantId: { at: 1, value: '7' } })
  })

  test('what is too long, too many or too deep is not kept', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, nth) => [`k${nth}`, nth]))
    expect(Object.keys(contextOf({ meta: many }, 1)?.meta ?? {})).toHaveLength(50)
    expect(contextOf({ meta: { ['k'.repeat(101)]: 1, long: 'x'.repeat(3000) } }, 1)).toBeUndefined()
    const deep = contextOf({ meta: { deep: [[[[[[[[[[1]]]]]]]]]] } }, 1)
    expect(JSON.stringify(deep)).toContain('nested too deep')
  })

  test('a key that would reach a prototype is left out', () => {
    const meta: unknown = JSON.parse('{"__proto__": {"tenant": 1}, "in": {"__proto__": 2}, "toString": 3}')
    expect(contextOf({ meta }, 1)?.meta).toEqual({ toString: { at: 1, value: 3 } })
    expect(mergeContexts(contextOf({ meta }, 1), contextOf({ meta: { a: 1 } }, 1))?.meta).toHaveProperty('a')
  })

  test('a record that was stored before there were contexts is read as ever', () => {
    const stored: TaskRecord = parseRecord(JSON.parse(JSON.stringify(received)))
    expect(stored).toEqual(received)
    expect('context' in stored).toBe(false)
  })
})
