import { randomUUID } from 'node:crypto'
import type { WireMessage } from '../src/celery/broker.js'
import { decodeEvents } from '../src/celery/events.js'
import { noRedaction, type Redactor, redactorOf } from '../src/redaction/redactor.js'
import { mergeRecords } from '../src/tasks/merge.js'
import { ownerReader } from '../src/tasks/ownership.js'
import type { TaskRecord } from '../src/tasks/record.js'
import { recordOfEvent } from '../src/tasks/record-of-event.js'
import { shown, times } from './harness/numbers.js'
import { question } from './harness/question.js'

const traceback = [
  'Traceback (most recent call last):',
  ...Array.from(
    { length: 12 },
    (_, n) => `  File "/srv/app/step_${n}.py", line ${n}, in run\n    step(file=path, rows=${n})`,
  ),
  "ValueError: no column 'amount' in s3://in/a.csv: 12 rows read",
].join('\n')

const ownerOf = ownerReader()
const redactor = redactorOf({ enabled: true, replace: false, keys: [], patterns: [] })
const withPattern = redactorOf({ enabled: true, replace: false, keys: [], patterns: ['\\bCUST-\\d{6}\\b'] })

/**
 * What redaction costs of ingest's decoding and folding (the database's part of ingest is several times that), with events
 * of tasks that carry no secrets, some, and many: the best of many rounds, taken in turn.
 */
export const redaction = question({
  name: 'redaction',
  about: 'what taking secrets out costs of decoding and folding',
  full: { runs: 40, tasks: 500 },
  quick: { runs: 5, tasks: 100 },
  async ask({ runs, tasks }) {
    const found = [0, 0.05, 1].map((share) => ({ share, ...bestOf(share, runs, tasks) }))
    const lines = found.map(({ share, plain, redacted, patterned }) => [
      `${share * 100} %`,
      shown(plain),
      shown(redacted),
      times(redacted / plain),
      times(patterned / plain),
    ])
    const head = ['tasks with secrets', 'plain µs', 'redacted µs', 'ratio', 'ratio with a pattern of RE2']
    return {
      tables: [{ title: 'Decoding and folding of an event', head, rows: lines, data: found }],
      remarks: [],
    }
  },
})

function bestOf(share: number, rounds: number, tasks: number) {
  const messages = Array.from({ length: tasks }, (_, n) => messagesOf(n < share * tasks)).flat()
  const best = {
    plain: Number.POSITIVE_INFINITY,
    redacted: Number.POSITIVE_INFINITY,
    patterned: Number.POSITIVE_INFINITY,
  }
  for (let round = 0; round < rounds; round += 1) {
    best.plain = Math.min(best.plain, measure(messages, noRedaction))
    best.redacted = Math.min(best.redacted, measure(messages, redactor))
    best.patterned = Math.min(best.patterned, measure(messages, withPattern))
  }
  return best
}

/** Microseconds an event. */
function measure(messages: readonly WireMessage[], used: Redactor): number {
  const start = performance.now()
  const byTask = new Map<string, TaskRecord>()
  let events = 0
  for (const message of messages) {
    for (const event of decodeEvents(message).events) {
      if (!('uuid' in event)) continue
      events += 1
      const news = recordOfEvent({ event, at: event.timestamp }, { ownerOf, redactor: used })
      const known = byTask.get(news.taskId)
      byTask.set(news.taskId, known === undefined ? news : mergeRecords(known, news))
    }
  }
  return ((performance.now() - start) * 1000) / events
}

/** A task that succeeds and one that fails, as `task.multi` brings them. */
function messagesOf(secret: boolean): WireMessage[] {
  return [true, false].map((succeeds) => {
    const uuid = randomUUID()
    const base = { uuid, hostname: 'w1@bench', pid: 1, clock: 1, utcoffset: 0, timestamp: Date.now() / 1000 }
    const more = secret
      ? ", 'password': 'hunter2', 'url': 'redis://:pw@host/0'"
      : ", 'dry_run': False, 'url': 'http://host/x'"
    const task = {
      name: 'etl.process_etl_file',
      args: "('a.csv', 1795577181, ['x', 'y'])",
      kwargs: `{'company_id': 4, 'tenant_id': 'acme', 'path': 's3://in/${uuid}.csv', 'options': {'sep': ';', 'rows': 120}${more}}`,
      ...{ root_id: uuid, parent_id: null, retries: 0, eta: null, expires: null },
    }
    const end = succeeds
      ? {
          type: 'task-succeeded',
          result: `{'rows': 120, 'skipped': [1, 2, 3], 'company_id': 4}`,
          runtime: 0.5,
        }
      : { type: 'task-failed', exception: `ValueError("no column 'amount'")`, traceback }
    const body = [
      { ...base, type: 'task-received', ...task },
      { ...base, type: 'task-started' },
      { ...base, ...end },
    ]
    return {
      ok: true,
      body: Buffer.from(JSON.stringify(body)),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: {},
      arrivedAt: new Date(),
    }
  })
}
