import { Malformed } from './errors.js'
import { maxIdLength, type TaskDescription } from './events.js'
import { isPlainObject } from './json-value.js'
import { decodeBody } from './messages.js'
import { argumentsRepr } from './python-repr.js'
import type { QueuedMessage } from './queue-messages.js'

/** A task as the message says it that waits in a queue. */
export interface TaskMessage {
  readonly id: string
  readonly task: TaskDescription
  readonly groupId: string | null
  readonly priority: number | null
  /** Who published it: `gen<pid>@<host>`. */
  readonly origin: string | null
  readonly redelivered: boolean
  /** Headers that are not Celery's own: what the publisher added. */
  readonly headers: Readonly<Record<string, unknown>>
}

/** Those of message protocol 2 (`celery.app.amqp.AMQP.as_task_v2`) and what brokers add. */
const ownHeaders = new Set([
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'meth',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
  'compression',
  'redelivered',
  'x-delivery-count',
  'x-acquired-count',
  'x-death',
])

/**
 * Reads a task message of either protocol. Arguments are the reprs that the publisher sent along; where it sent none they
 * are written from the body, unless that is pickle, which is never read. Throws Malformed where it is no task.
 */
export function readTaskMessage(message: QueuedMessage, queue: string): TaskMessage {
  const { headers } = message
  // Protocol 1 has all of it in the body.
  const fields = 'task' in headers ? headers : bodyOf(message)
  const id = fields.id
  if (typeof fields.task !== 'string' || fields.task === '') {
    throw new Malformed('no_type', 'a message that names no task')
  }
  if (typeof id !== 'string' || id === '') throw new Malformed('no_uuid', 'a task message without an id')
  if (id.length > maxIdLength) {
    throw new Malformed('uuid_too_long', `a task message whose id has over ${maxIdLength} characters`)
  }
  return {
    id,
    task: {
      name: text(fields.shadow) ?? fields.task,
      ...argumentsOf(message, fields),
      rootId: text(fields.root_id),
      parentId: text(fields.parent_id),
      retries: integer(fields.retries),
      eta: text(fields.eta),
      expires: text(fields.expires),
      queue,
      exchange: message.exchange,
      routingKey: message.routingKey,
    },
    groupId: text(fields.group) ?? text(fields.taskset),
    priority: message.priority,
    origin: text(headers.origin),
    redelivered: message.redelivered,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name))),
  }
}

function argumentsOf(
  message: QueuedMessage,
  fields: Readonly<Record<string, unknown>>,
): Pick<TaskDescription, 'args' | 'kwargs'> {
  if (fields !== message.headers) return reprs(fields.args, fields.kwargs)
  const told = { args: text(fields.argsrepr), kwargs: text(fields.kwargsrepr) }
  if (told.args !== null && told.kwargs !== null) return told
  try {
    const body = decodeBody(message)
    if (!Array.isArray(body)) return told
    const written = reprs(body[0], body[1])
    return { args: told.args ?? written.args, kwargs: told.kwargs ?? written.kwargs }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return told
  }
}

function reprs(args: unknown, kwargs: unknown): Pick<TaskDescription, 'args' | 'kwargs'> {
  return { args: argumentsRepr(args), kwargs: argumentsRepr(kwargs) }
}

function bodyOf(message: QueuedMessage): Readonly<Record<string, unknown>> {
  const body = decodeBody(message)
  if (!isPlainObject(body)) throw new Malformed('not_an_object', 'a message whose body is no task')
  return body
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null
}
