import { heartbeats, isOnline, type Worker } from './worker.js'

export const workerStatuses = ['online', 'silent', 'offline', 'stopped'] as const
export type WorkerStatus = (typeof workerStatuses)[number]

/** Why a worker has its status; `explain` has the sentences. */
export type StatusReason =
  | 'heartbeats'
  | 'answers'
  | 'not_listening'
  | 'not_heard_yet'
  | 'may_be_busy'
  | 'missed_heartbeats'
  | 'no_sign'
  | 'said_goodbye'

export interface StatusNow {
  readonly status: WorkerStatus
  readonly reason: StatusReason
}

/** Seconds without any sign, while we listen, after which a worker counts as gone. */
const offlineAfter = 60
/** A solo worker gives no sign while it runs a task: neither heartbeats nor answers. */
const soloOfflineAfter = 3600

/** `listeningSince`: since when we hear events, epoch seconds; null while the broker is away. */
export function statusOf(worker: Worker, listeningSince: number | null, now: number): StatusNow {
  if (worker.stopped) return { status: 'stopped', reason: 'said_goodbye' }
  if (listeningSince === null) return { status: 'silent', reason: 'not_listening' }
  if (isOnline(worker, now)) {
    return { status: 'online', reason: heartbeats(worker, now) ? 'heartbeats' : 'answers' }
  }
  if (worker.remembered === 'gone') return { status: 'offline', reason: 'no_sign' }
  const quietFor = now - Math.max(worker.lastSeenAt, listeningSince)
  const solo = worker.pool === 'solo'
  if (quietFor > (solo ? soloOfflineAfter : offlineAfter)) return { status: 'offline', reason: 'no_sign' }
  if (worker.remembered !== null) return { status: 'silent', reason: 'not_heard_yet' }
  return { status: 'silent', reason: solo ? 'may_be_busy' : 'missed_heartbeats' }
}

const sentences: Readonly<Record<StatusReason, (worker: Worker, since: (at: number) => string) => string>> = {
  heartbeats: () => 'Its heartbeats arrive.',
  answers: () => 'No heartbeats arrive, but it answers when it is asked.',
  not_listening: () => 'Crisper has no connection to the broker and hears nobody.',
  not_heard_yet: () => 'It is known from before, and has not been heard of since Crisper listens.',
  may_be_busy: (worker, since) =>
    `Nothing was heard for ${since(worker.lastSeenAt)}; on the solo pool a worker gives no sign while it runs a task.`,
  missed_heartbeats: (worker, since) =>
    `Nothing was heard for ${since(worker.lastSeenAt)}${unanswered(worker, since)}.`,
  no_sign: (worker, since) =>
    `Nothing was heard for ${since(worker.lastSeenAt)}, and it did not say goodbye${unanswered(worker, since)}.`,
  said_goodbye: (worker, since) => `It said goodbye ${since(worker.lastSeenAt)} ago${stillRunning(worker)}.`,
}

/** A sentence for people. */
export function explainStatus(reason: StatusReason, worker: Worker, now: number): string {
  return sentences[reason](worker, (at) => inWords(now - at))
}

function stillRunning({ active }: Worker): string {
  if (active === null || active === 0) return ''
  return `, with ${active} ${active === 1 ? 'task' : 'tasks'} still running`
}

function unanswered({ lastAskedAt, lastSeenAt }: Worker, since: (at: number) => string): string {
  const inVain = lastAskedAt !== null && lastAskedAt > lastSeenAt
  return inVain ? `; it did not answer when it was asked ${since(lastAskedAt)} ago` : ''
}

function inWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 120) return `${whole} s`
  if (whole < 7200) return `${Math.round(whole / 60)} min`
  return whole < 172_800 ? `${Math.round(whole / 3600)} h` : `${Math.round(whole / 86_400)} days`
}
