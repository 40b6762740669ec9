/** A purge: the messages of a queue were deleted, each after it had been kept for an export. */
export interface Purge {
  readonly id: string
  readonly queue: string
  readonly by: string
  readonly reason: string | null
  readonly requestedAt: Date
  /** null: it goes on. */
  readonly endedAt: Date | null
  /** Messages at the beginning; no more than these are deleted. */
  readonly waiting: number
  readonly deleted: number
  /** Messages that workers took before they could be deleted. */
  readonly taken: number
  /** Deleted messages that the export does not hold whole. */
  readonly incomplete: number
  /** Why it ended before all was deleted. */
  readonly problem: string | null
}

export interface PurgeOrder {
  readonly queue: string
  readonly by: string
  readonly reason: string | null
}

/** Days for which the export of a purge is kept. */
export const exportDays = 7

/** Another purge of this queue goes on. */
export class PurgeGoesOn extends Error {
  override readonly name = 'PurgeGoesOn'
  constructor(queue: string) {
    super(`The queue ${queue} is being purged already. Wait until that has ended.`)
  }
}

/** What was to be typed to confirm it is something else; nothing was deleted. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed'
  constructor(queue: string) {
    super(`confirm takes the name of the queue, ${JSON.stringify(queue)}: nothing was purged`)
  }
}

/** There is none, or it is so long ago that its export is gone. */
export class NoSuchPurge extends Error {
  override readonly name = 'NoSuchPurge'
  constructor(id: string) {
    super(`No purge ${id}: they are kept for ${exportDays} days`)
  }
}
