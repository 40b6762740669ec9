import { z } from 'zod'
import { Malformed } from '../../errors.js'
import { decodeJson, decodeMsgpack, decodeYaml } from '../../serializers.js'
import { decodePickle, pickledResult } from '../pickle.js'
import { bytes, dateDone, epoch, parseRow, text } from './rows.js'
import type { ResultTable } from './table.js'

/** Larger arguments aren't parsed. */
const maxArgumentBytes = 1024 * 1024

/**
 * `celery.backends.database.models.TaskExtended`. Tables that old versions made lack what `result_extended` fills. The
 * result is a pickle whatever the serializer is.
 */
const row = z.object({
  task_id: z.string(),
  status: z.string().min(1),
  result: bytes.nullable(),
  done_at: epoch,
  traceback: text,
  name: text,
  args: bytes.nullish(),
  kwargs: bytes.nullish(),
  worker: text,
  retries: z.number().nullish(),
  queue: text,
})

/** The table of Celery's own SQL backend (`celery.backends.database`). */
export const celeryTable: ResultTable = {
  name: 'celery_taskmeta',
  longestId: 155,
  madeBy: 'Celery makes it when it stores its first result',
  hasSequence: true,
  read: (stored) => {
    const entry = parseRow(row, stored)
    if (entry.status === 'PENDING') return null
    return {
      taskId: entry.task_id,
      status: entry.status,
      result: entry.result === null ? null : pickledResult(entry.result),
      traceback: entry.traceback ?? null,
      dateDone: dateDone(entry),
      // The table has no columns for these three.
      children: [],
      parentId: null,
      groupId: null,
      name: entry.name ?? null,
      args: argumentsOf(entry.args),
      kwargs: argumentsOf(entry.kwargs),
      worker: entry.worker ?? null,
      retries: entry.retries ?? null,
      queue: entry.queue ?? null,
    }
  },
  // Celery also takes name and arguments away, since a client doesn't know them; we have no reason to.
  aborted: () => ({ columns: { result: 'null', traceback: 'null', date_done: 'null' }, kept: [] }),
}

/** Arguments are in the serializer of the application, which the row does not name. */
function argumentsOf(stored: Buffer | null | undefined): unknown {
  if (stored == null || stored.length > maxArgumentBytes) return null
  try {
    return decoderOf(stored)(stored)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return null
  }
}

function decoderOf(stored: Buffer): (stored: Buffer) => unknown {
  const first = stored[0] ?? 0
  const second = stored[1] ?? 0
  if (first === 0x80 && second >= 2 && second <= 5) return decodePickle
  if (first >= 0x80) return decodeMsgpack
  // PyYAML ends in a new line, Python's json doesn't.
  return stored.at(-1) === 0x0a ? decodeYaml : decodeJson
}
