/**
 * What a collector does about an event queue that others may read: it reads, being the first; it stands by, since another reads;
 * or it helps, since that one does not keep up.
 */
type Part = 'reads' | 'stands by' | 'helps'

/** How the queue stands: messages that nobody has been given yet, and who consumes it. */
export interface QueueLook {
  readonly messages: number
  readonly consumers: number
  /** Milliseconds of a clock that does not jump. */
  readonly at: number
}

export interface TakingPart {
  readonly part: Part
  /** Since when it has looked as if another part were due. */
  readonly doubtfulSince?: number
}

/**
 * One collector reads all as long as it keeps up, or will soon: the events of a task that come to two of them are read and
 * written by both. After `patienceMs` of messages that wait, the others help; after as long without, they stop. Where nobody
 * reads, whoever notices does.
 */
export function takePart(
  { part, doubtfulSince }: TakingPart,
  look: QueueLook,
  patienceMs: number,
): TakingPart {
  const { messages, consumers, at } = look
  if (part === 'reads') return { part }
  if (part === 'stands by' && consumers === 0) return { part: 'reads' }
  const isDoubtful = part === 'helps' ? messages === 0 && consumers > 1 : messages > 0
  if (!isDoubtful) return { part }
  const since = doubtfulSince ?? at
  if (at - since < patienceMs) return { part, doubtfulSince: since }
  return { part: part === 'helps' ? 'stands by' : 'helps' }
}
