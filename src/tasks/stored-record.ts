import { dequal } from 'dequal/lite'
import { z } from 'zod'
import { type Description, description, type TaskRecord, taskRecord } from './record.js'

/** A worker that says what the publisher said, word for word, but for where it was sent to: the rule, and half of a record. */
const asSent = z.object({ at: z.number(), asSent: z.literal(true) })

const storedRecord = taskRecord.extend({ received: z.union([asSent, description]).optional() })

/** What only a publisher says, and what a worker says after it. */
const ofPublisher = ['queue', 'exchange', 'routingKey'] as const
const repeated = description.keyof().exclude(['at', ...ofPublisher]).options

/** A record as `task_detail.record` has it, to be written as JSON. */
export type StoredRecord = Readonly<z.infer<typeof storedRecord>>

export function toStored(record: TaskRecord): StoredRecord {
  const { sent, received } = record
  if (sent === undefined || received === undefined || !saysTheSame(received, sent)) return record
  return { ...record, received: { at: received.at, asSent: true } }
}

/** Reads a record as the database gave it. Throws where it is none: the database was written by something else. */
export function parseRecord(value: unknown): TaskRecord {
  const { received, ...record } = storedRecord.parse(value)
  if (received === undefined || !('asSent' in received)) return { ...record, received }
  return { ...record, received: { ...toldBy(record.sent), at: received.at } }
}

function saysTheSame(received: Description, sent: Description): boolean {
  return (
    ofPublisher.every((part) => received[part] === undefined) &&
    repeated.every((part) => dequal(received[part], sent[part]))
  )
}

/** Of what a publisher said, what a worker says as well. */
function toldBy(sent: Description | undefined): Omit<Description, 'at'> {
  const { at: _, queue: _queue, exchange: _exchange, routingKey: _routingKey, ...told } = sent ?? { at: 0 }
  return told
}
