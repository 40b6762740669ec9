import type { TaskDescription } from '../../src/celery/events.js'
import { redactorOf } from '../../src/redaction/redactor.js'
import { ownerReader } from '../../src/tasks/ownership.js'
import type { Reading } from '../../src/tasks/record-of-event.js'

/** How events are read without a configuration. */
export const reading: Reading = {
  ownerOf: ownerReader(),
  redactor: redactorOf({ enabled: true, replace: false, keys: [], patterns: [] }),
}

/** Events as Celery's workers send them, made up for tests. Times are epoch seconds. */

export const now = () => Date.now() / 1000

export const base = (uuid: string, at = now(), hostname = 'w1@host') => ({
  uuid,
  hostname,
  pid: 1,
  clock: 1,
  utcoffset: 0,
  timestamp: at,
})
export const described = {
  name: 'etl.process_etl_file',
  args: "('a.csv',)",
  kwargs: "{'company_id': 4}",
  root_id: null,
  parent_id: null,
  retries: 0,
  eta: null,
  expires: null,
}
export const received = (uuid: string, at?: number, host?: string, retries = 0) => ({
  ...base(uuid, at, host),
  type: 'task-received',
  ...described,
  retries,
})
export const started = (uuid: string, at?: number, host?: string) => ({
  ...base(uuid, at, host),
  type: 'task-started',
})
export const succeeded = (uuid: string, at?: number, host?: string) => ({
  ...base(uuid, at, host),
  type: 'task-succeeded',
  result: "'ok'",
  runtime: 0.5,
})
export const revoked = (uuid: string, at: number, more: object) => ({
  ...base(uuid, at),
  type: 'task-revoked',
  ...more,
})

/** The same, as it is read from an event. */
export const description: TaskDescription = {
  name: 'etl.process_etl_file',
  args: '()',
  kwargs: "{'company_id': 4}",
  rootId: 'task',
  parentId: null,
  retries: 0,
  eta: null,
  expires: null,
  queue: null,
  exchange: null,
  routingKey: null,
}
