import { Malformed } from '../errors.js'
import { isPlainObject } from '../json-value.js'
import { decodeJson, decodeMsgpack, decodeYaml } from '../serializers.js'
import type { BinaryResult, TaskMeta } from './backend.js'

/** Larger entries aren't parsed. */
const maxBytes = 16 * 1024 * 1024

/**
 * Reads what a key-value result backend stores for a task. The entry doesn't say how it is serialised, so its first
 * bytes have to. Throws Malformed.
 */
export function decodeTaskMeta(taskId: string, bytes: Buffer): TaskMeta {
  if (isPickle(bytes)) return metaOfPickle(taskId, bytes)
  if (bytes.length > maxBytes)
    throw new Malformed('too_large', `results of ${bytes.length} bytes are not read`)
  const stored = decode(bytes)
  if (!isPlainObject(stored)) throw new Malformed('not_an_object', 'the stored result is not an object')
  const { status } = stored
  if (typeof status !== 'string' || status === '') {
    throw new Malformed('not_an_object', 'the stored result has no status')
  }
  return {
    taskId,
    status,
    result: stored.result ?? null,
    traceback: text(stored.traceback),
    dateDone: parseDateDone(stored.date_done),
    children: childIds(stored.children),
    parentId: text(stored.parent_id),
    groupId: text(stored.group_id),
    name: text(stored.name),
    args: stored.args ?? null,
    kwargs: stored.kwargs ?? null,
    worker: text(stored.worker),
    retries: typeof stored.retries === 'number' ? stored.retries : null,
    queue: text(stored.queue),
  }
}

function decode(bytes: Buffer): unknown {
  const first = bytes[0] ?? 0
  if (first === 0x7b) return decodeJson(bytes)
  // A map of up to 15 entries, or a longer one.
  const isMsgpackMap = (first > 0x80 && first < 0x90) || first === 0xde || first === 0xdf
  return isMsgpackMap ? decodeMsgpack(bytes) : decodeYaml(bytes)
}

/** Every pickle since protocol 2 starts with its PROTO opcode. */
function isPickle(bytes: Buffer): boolean {
  const version = bytes[1] ?? 0
  return bytes[0] === 0x80 && version >= 2 && version <= 5
}

/**
 * The start of a pickled dict whose first key is `status`, as Celery writes it, up to the length of the status:
 * PROTO, FRAME, EMPTY_DICT, MEMOIZE or BINPUT, MARK, and the key as SHORT_BINUNICODE or BINUNICODE.
 */
const pickledStatus =
  /^\x80[\x02-\x05](?:\x95.{8})?\}(?:\x94|q.)\((?:\x8c\x06|X\x06\0\0\0)status(?:\x94|q.)(?:\x8c(.)|X(.)\0\0\0)/s

/** Of a pickle only the status is read, by its place. */
function metaOfPickle(taskId: string, bytes: Buffer): TaskMeta {
  const head = bytes.toString('latin1', 0, 400)
  const match = pickledStatus.exec(head)
  const length = (match?.[1] ?? match?.[2] ?? '').charCodeAt(0)
  const start = match?.[0].length ?? 0
  const status = head.slice(start, start + length)
  if (!/^[\w.:-]+$/.test(status))
    throw new Malformed('content_type', 'the stored result is a pickle without a status')
  const result: BinaryResult = { binary: 'pickle', size: bytes.length }
  return {
    taskId,
    status,
    result,
    traceback: null,
    dateDone: null,
    children: [],
    parentId: null,
    groupId: null,
    name: null,
    args: null,
    kwargs: null,
    worker: null,
    retries: null,
    queue: null,
  }
}

/** Celery before 5.6 wrote UTC without saying so. */
function parseDateDone(value: unknown): Date | null {
  if (typeof value !== 'string') return null
  const date = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`)
  return Number.isNaN(date.getTime()) ? null : date
}

/** From `[[[id, parent], children], …]`, Celery's `ResultBase.as_tuple`, the ids of the first level. */
export function childIds(children: unknown): string[] {
  if (!Array.isArray(children)) return []
  return children.flatMap((child: unknown) => {
    const id: unknown = Array.isArray(child) && Array.isArray(child[0]) ? child[0][0] : null
    return typeof id === 'string' ? [id] : []
  })
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
