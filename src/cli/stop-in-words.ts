import type { z } from 'zod'
import type { stopAnswer } from '../http/stop-answers.js'
import { tableOf } from './output.js'
import { printable } from './printable.js'

type Stop = z.output<typeof stopAnswer>

/** One stop for people to read. */
export function describeStop(stop: Stop): string {
  const facts: (readonly [string, string | null])[] = [
    ['stop', stop.id],
    ['task', stop.known ? stop.task_id : `${stop.task_id} (not known when the stop was requested)`],
    ['batch', stop.batch_id],
    ['mode', modeOf(stop)],
    ['status', stop.status],
    ['', stop.explanation],
    ['requested', `${stop.requested_at} by ${stop.requested_by}`],
    ['reason', stop.reason],
    ['sent', sentOf(stop)],
    ['escalated', stop.escalated_at],
    ['ended', stop.ended_at],
    ['target', targetOf(stop)],
    ['evidence', evidenceOf(stop)],
  ]
  return [
    ...facts.flatMap(([name, text]) => (text === null ? [] : [`${name.padEnd(11)}${printable(text)}`])),
    ...section('replies', ['worker', 'at', 'ok', 'said'], stop.replies.map(toReplyRow)),
    ...section('sendings', ['at', 'why', 'worker', 'signal'], stop.sendings.map(toSendingRow)),
  ].join('\n')
}

function modeOf({ mode, signal, escalate_after, cooperative }: Stop): string {
  return [
    mode,
    ...(signal === null ? [] : [`SIG${signal}`]),
    ...(escalate_after === null ? [] : [`killed after ${escalate_after} s`]),
    ...(cooperative ? ['asked to abort'] : []),
  ].join(', ')
}

function sentOf({ sent_at, sent_count }: Stop): string | null {
  if (sent_at === null) return null
  return sent_count > 1 ? `${sent_at}, for the ${sent_count}. time` : sent_at
}

function targetOf({ target }: Stop): string | null {
  if (target === null) return null
  const { worker, pool, child_pid } = target
  return [
    worker,
    ...(pool === null ? [] : [pool]),
    ...(child_pid === null ? [] : [`process ${child_pid}`]),
  ].join(', ')
}

function evidenceOf({ evidence }: Stop): string | null {
  if (evidence === null) return null
  const { event, check, worker, at, terminated } = evidence
  return [
    ...(event === undefined ? [] : [terminated ? `${event} (terminated)` : event]),
    ...(check === undefined ? [] : [check]),
    ...(worker === null ? [] : [worker]),
    at,
  ].join(', ')
}

function toReplyRow({ worker, at, ok, text }: Stop['replies'][number]): string[] {
  return [worker, at, ok ? 'yes' : 'no', text]
}

function toSendingRow({ at, why, worker, signal }: Stop['sendings'][number]): string[] {
  return [at, why, worker ?? 'all', signal ?? '']
}

function section(title: string, head: readonly string[], rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : ['', title, tableOf(head, rows)]
}
