import { expect, test } from 'vitest'
import type { Description, TaskRecord } from '../../src/tasks/record.js'
import { parseRecord, toStored } from '../../src/tasks/stored-record.js'

const told: Description = {
  at: 10.5,
  name: 'etl.load',
  args: { text: '()' },
  kwargs: { text: "{'company_id': 4, …", size: 4000 },
  rootId: 'root',
  retries: 0,
  owner: { companyId: 4, truncated: ['user'] },
}
const sent: Description = { ...told, at: 10, queue: 'imports', exchange: '', routingKey: 'imports' }

const recordOf = (parts: Pick<TaskRecord, 'sent' | 'received'>): TaskRecord => ({
  taskId: 'task',
  firstSeenAt: 10,
  timeline: [],
  ...parts,
})
const throughJson = (value: unknown) => JSON.parse(JSON.stringify(value))

test('what a worker says in the words of the publisher is stored once', () => {
  const record = recordOf({ sent, received: told })
  expect(throughJson(toStored(record))).toEqual({ ...record, received: { at: 10.5, asSent: true } })
  expect(parseRecord(throughJson(toStored(record)))).toEqual(record)
})

test.each<[string, Pick<TaskRecord, 'sent' | 'received'>]>([
  ['other arguments', { sent, received: { ...told, kwargs: { text: '{}' } } }],
  ['another owner', { sent, received: { ...told, owner: { companyId: 4 } } }],
  ['more than was sent', { sent, received: { ...told, eta: '2026-11-26T12:00:00+00:00' } }],
  ['a queue of its own', { sent, received: { ...told, queue: 'imports' } }],
  ['and nobody said before', { received: told }],
])('what a worker says stays as it is: %s', (_what, parts) => {
  const record = recordOf(parts)
  expect(throughJson(toStored(record))).toEqual(record)
  expect(parseRecord(throughJson(toStored(record)))).toEqual(record)
})
