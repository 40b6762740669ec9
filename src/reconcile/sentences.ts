import type { LostMark } from '../tasks/record.js'
import type { Candidate } from './candidates.js'
import type { Presence } from './whereabouts.js'

/** Why a task counts as lost, in words. `stored`: the state that the result backend holds, `nothing`, or `unreadable`. */
export function lostEvidence(
  { worker: name, state }: Pick<Candidate, 'worker' | 'state'>,
  why: Exclude<Presence, { kind: 'silent' }>,
  stored: string,
): Pick<LostMark, 'kind' | 'worker' | 'note'> {
  const worker = name ?? ''
  const end = resultSentence(stored)
  switch (why.kind) {
    case 'answers':
      return {
        kind: 'not_there',
        worker,
        note: `${worker} answers, and has said in two looks that it does not have the task; ${end}`,
      }
    case 'stopped':
      return {
        kind: 'worker_stopped',
        worker,
        note: `${worker} said goodbye${since(why.since)}, and did not end it; ${end}`,
      }
    case 'gone': {
      const unheard = why.since === null ? ' since Crisper started' : since(why.since)
      const back = state === 'RECEIVED' ? ' Its message was not begun: the broker delivers it again.' : ''
      return {
        kind: 'worker_gone',
        worker,
        note: `${worker} is gone: neither a heartbeat nor an answer${unheard}; ${end}${back}`,
      }
    }
  }
}

function resultSentence(stored: string): string {
  if (stored === 'unreadable') return 'there is no result backend that could tell.'
  return `the result backend ${stored === 'nothing' ? 'holds nothing of it' : `says ${stored}`}.`
}

function since(at: number | null): string {
  return at === null ? '' : ` since ${new Date(at * 1000).toISOString().slice(0, 19)}Z`
}
