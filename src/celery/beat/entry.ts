/** One entry of a schedule that beat goes by: a task and when it is due. */
export interface BeatEntry {
  readonly name: string
  /** null where the entry names none: then it has a `problem`. */
  readonly task: string | null
  readonly schedule: BeatSchedule
  /** JSON values. Text where the table holds no JSON. */
  readonly args: unknown
  readonly kwargs: unknown
  /** null: where the task goes by itself. */
  readonly queue: string | null
  readonly description: string | null
  readonly enabled: boolean
  /** Disabled by beat after its first run. */
  readonly oneOff: boolean
  /** Not due before. */
  readonly startsAt: Date | null
  /** Disabled by beat then. */
  readonly expiresAt: Date | null
  /** As beat last wrote it down, which it does with a delay. */
  readonly lastRunAt: Date | null
  readonly totalRuns: number | null
  /** When the entry was last written, by a person or by beat. */
  readonly changedAt: Date | null
  /** What of the entry can't be used, other than its schedule. */
  readonly problem: string | null
}

/** When an entry is due (`celery.schedules`). */
export type BeatSchedule =
  /** Seconds after the run before. `about`: Celery rounded it when it told it. */
  | { readonly kind: 'interval'; readonly every: number; readonly about: boolean }
  | { readonly kind: 'crontab'; readonly fields: CrontabFields; readonly timezone: string | null }
  /** Once. */
  | { readonly kind: 'clocked'; readonly at: Date }
  | {
      readonly kind: 'solar'
      readonly event: string
      readonly latitude: number
      readonly longitude: number
    }
  /** `text` as it was told. */
  | { readonly kind: 'unreadable'; readonly text: string }

/** A crontab as it was written. A day must fit all three fields of days and months. */
export interface CrontabFields {
  readonly minute: string
  readonly hour: string
  readonly dayOfMonth: string
  readonly monthOfYear: string
  readonly dayOfWeek: string
}

/** What an entry has that says nothing more than its name, task and schedule. */
export const plainEntry = {
  args: [],
  kwargs: {},
  queue: null,
  description: null,
  enabled: true,
  oneOff: false,
  startsAt: null,
  expiresAt: null,
  lastRunAt: null,
  totalRuns: null,
  changedAt: null,
  problem: null,
} as const
