import { z } from 'zod'
import { Malformed } from '../../errors.js'
import { isPlainObject } from '../../json-value.js'
import { decodeJson, decodeMsgpack, decodeYaml } from '../../serializers.js'
import { decodePickle, pickledResult } from '../pickle.js'
import { childIds } from '../task-meta.js'
import { dateDone, epoch, parseRow, text } from './rows.js'
import type { ResultTable } from './table.js'

/** Larger values aren't parsed. */
const maxCharacters = 16 * 1024 * 1024

/** `django_celery_results.models.TaskResult`, 2.4 to 2.6. */
const row = z.object({
  task_id: z.string(),
  status: z.string().min(1),
  content_type: z.string(),
  content_encoding: z.string(),
  result: text,
  done_at: epoch,
  traceback: text,
  meta: text,
  task_name: text,
  task_args: text,
  task_kwargs: text,
  worker: text,
})

type Row = z.output<typeof row>

/** The table of django-celery-results. */
export const djangoTable: ResultTable = {
  name: 'django_celery_results_taskresult',
  longestId: 255,
  madeBy: 'python manage.py migrate django_celery_results makes it',
  hasSequence: false,
  read: (stored) => {
    const entry = parseRow(row, stored)
    if (entry.status === 'PENDING') return null
    const meta = orNull(() => decoded(entry, entry.meta))
    return {
      taskId: entry.task_id,
      status: entry.status,
      result: resultOf(entry),
      traceback: entry.traceback ?? null,
      dateDone: dateDone(entry),
      children: isPlainObject(meta) ? childIds(meta.children) : [],
      parentId: null,
      groupId: null,
      name: entry.task_name ?? null,
      args: orNull(() => decoded(entry, entry.task_args)),
      kwargs: orNull(() => decoded(entry, entry.task_kwargs)),
      worker: entry.worker ?? null,
      retries: null,
      queue: null,
    }
  },
  // An empty result is None in every content type.
  aborted: ({ now }) => ({
    columns: {
      result: 'null',
      traceback: 'null',
      date_created: now,
      date_done: now,
      content_type: "'application/json'",
      content_encoding: "'utf-8'",
    },
    kept: ['date_created', 'content_type', 'content_encoding'],
  }),
}

/** Unlike the rest of the row, a result that can't be read is worth a word. Throws Malformed. */
function resultOf(entry: Row): unknown {
  return isPickle(entry) && entry.result
    ? pickledResult(bytesOf(entry, entry.result))
    : decoded(entry, entry.result)
}

/** `DatabaseBackend.decode_content`: the content type is that of all encoded columns. Throws Malformed. */
function decoded(entry: Row, content: string | null | undefined): unknown {
  if (content == null || content === '') return null
  if (content.length > maxCharacters)
    throw new Malformed('too_large', `results of ${content.length} characters are not read`)
  const bytes = bytesOf(entry, content)
  if (isPickle(entry)) return decodePickle(bytes)
  if (/msgpack/.test(entry.content_type)) return decodeMsgpack(bytes)
  return /yaml/.test(entry.content_type) ? decodeYaml(bytes) : decodeJson(bytes)
}

function bytesOf({ content_encoding: encoding }: Row, content: string): Buffer {
  return Buffer.from(content, encoding === 'binary' ? 'base64' : 'utf8')
}

function isPickle({ content_type: type }: Row): boolean {
  return type === 'application/x-python-serialize'
}

function orNull(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return null
  }
}
