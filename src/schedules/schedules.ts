import { setImmediate as pause } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { BeatTablesUnreadable, type DjangoBeatTables } from '../celery/beat/django-tables.js'
import type { BeatEntry } from '../celery/beat/entry.js'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Database } from '../db/schema.js'
import type { GapStore } from '../reconcile/gaps.js'
import { KeptAnswers } from '../tasks/kept-answers.js'
import type { ConfEntries, ConfReport } from './conf-entries.js'
import { type LastTasks, lastTasks } from './last-tasks.js'
import type { Blindness } from './missed.js'
import { isGoing, type Outlook, outlookOf, statusOf } from './outlook.js'

/** An entry, where it stands, and what is known of its runs. */
export interface Schedule extends Outlook {
  readonly entry: BeatEntry
  readonly source: 'django-celery-beat' | 'worker conf'
  /** That have it in their settings. */
  readonly workers: readonly string[]
  /** In which its crontab is meant; null where it has none, or nothing tells. */
  readonly timezone: string | null
  /** Other entries that run the same task: runs can't be told apart. */
  readonly sharedWith: number
}

/** Whether the tables of django-celery-beat could be read. */
export interface TablesReport {
  readonly state: 'read' | 'absent' | 'unreadable' | 'not_configured'
  /** The database, without its password. */
  readonly maskedUrl: string | null
  /** Why not, and the way out. */
  readonly problem: string | null
  readonly more: boolean
}

export interface ScheduleList {
  /** Those with missed runs or another problem first, then those due next. */
  readonly schedules: readonly Schedule[]
  readonly tables: TablesReport
  readonly conf: Omit<ConfReport, 'entries'>
  readonly at: Date
}

interface Parts {
  /** null: nothing says where Django's database is. */
  readonly tables: DjangoBeatTables | null
  readonly conf: ConfEntries
  readonly db: Kysely<Database>
  readonly jobsTable: JobsTable
  readonly gaps: GapStore
}

interface Found extends Pick<Schedule, 'entry' | 'source' | 'workers' | 'timezone'> {
  readonly knownSince: Date
}

const notConfigured =
  'Crisper is not told where the database of the Django application is: give --result-database or ' +
  'CRISPER_RESULT_DATABASE.'

/** Longest time that is looked at for gaps, milliseconds. */
const longestMs = 31 * 86_400_000

/** The schedules that beat goes by, from wherever they can be read. */
export class Schedules {
  readonly #parts: Parts
  readonly #answers = new KeptAnswers<ScheduleList>(1)

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Those who ask at once share an answer. */
  async list(): Promise<ScheduleList> {
    const told = await this.#parts.conf.look()
    return await this.#answers.get('all', () => this.#list(told))
  }

  async #list({ entries: ofConf, ...asked }: ConfReport): Promise<ScheduleList> {
    const { gaps } = this.#parts
    const [{ entries: ofTables, report }, heardUntil] = await Promise.all([this.#tables(), gaps.heardUntil()])
    const now = new Date()
    // Beat with the scheduler of django-celery-beat copies what stands in the settings into the tables.
    const copied = new Set(ofTables.map(identityOf))
    const found = [
      ...ofTables.map((entry) => ofTable(entry, now)),
      ...ofConf.filter(({ entry }) => !copied.has(identityOf(entry))).map(ofWorkers),
    ]
    const [last, blind] = await Promise.all([
      this.#lastTasks(found),
      gaps.within(new Date(now.getTime() - longestMs), now),
    ])
    const seen = { last, blind, heardUntil: heardUntil ?? new Date(0), now }
    const schedules = await joined(found, seen)
    return { schedules: schedules.sort(mostUrgent), tables: report, conf: asked, at: now }
  }

  async #tables(): Promise<{ entries: readonly BeatEntry[]; report: TablesReport }> {
    const { tables } = this.#parts
    if (tables === null) {
      const report = {
        state: 'not_configured',
        maskedUrl: null,
        problem: notConfigured,
        more: false,
      } as const
      return { entries: [], report }
    }
    const { maskedUrl } = tables
    try {
      const { entries, more } = await tables.read()
      return { entries, report: { state: 'read', maskedUrl, problem: null, more } }
    } catch (error) {
      if (!(error instanceof BeatTablesUnreadable)) throw error
      const state = error.absent ? 'absent' : 'unreadable'
      return { entries: [], report: { state, maskedUrl, problem: error.message, more: false } }
    }
  }

  #lastTasks(found: readonly Found[]): Promise<LastTasks> {
    const { db, jobsTable } = this.#parts
    const names = new Set(found.map(({ entry }) => entry.task).filter((task) => task !== null))
    return lastTasks(db, jobsTable, [...names])
  }
}

function identityOf({ name, task }: BeatEntry): string {
  return JSON.stringify([name, task])
}

function ofTable(entry: BeatEntry, now: Date): Found {
  const { schedule, changedAt } = entry
  const timezone = schedule.kind === 'crontab' ? schedule.timezone : null
  return { entry, source: 'django-celery-beat', workers: [], timezone, knownSince: changedAt ?? now }
}

function ofWorkers({ entry, timezone, workers, knownSince }: ConfReport['entries'][number]): Found {
  const { schedule } = entry
  const zone = schedule.kind === 'crontab' ? (schedule.timezone ?? timezone) : null
  return { entry, source: 'worker conf', workers, timezone: zone, knownSince }
}

interface SeenOfAll {
  readonly last: LastTasks
  readonly blind: readonly Blindness[]
  readonly heardUntil: Date
  readonly now: Date
}

/** Milliseconds of work after which others get their turn: there may be thousands of crontabs. */
const turnMs = 20

async function joined(found: readonly Found[], { last, ...seen }: SeenOfAll): Promise<Schedule[]> {
  const going = new Map<string | null, number>()
  for (const { entry } of found) {
    if (isGoing(statusOf(entry, seen.now))) going.set(entry.task, (going.get(entry.task) ?? 0) + 1)
  }
  const schedules: Schedule[] = []
  let turn = performance.now()
  for (const { knownSince, ...each } of found) {
    if (performance.now() - turn > turnMs) {
      await pause()
      turn = performance.now()
    }
    const { entry, timezone } = each
    const isOneOfThem = isGoing(statusOf(entry, seen.now))
    const sharedWith = (going.get(entry.task) ?? 0) - (isOneOfThem ? 1 : 0)
    const lastTask = (entry.task !== null && last.byName.get(entry.task)) || null
    const outlook = outlookOf(entry, {
      ...seen,
      lastTask,
      isShared: sharedWith > 0,
      timezone,
      knownSince: last.seenSince !== null && last.seenSince > knownSince ? last.seenSince : knownSince,
    })
    schedules.push({ ...each, ...outlook, sharedWith })
  }
  return schedules
}

/** Whether a person should look at it. */
export function needsAttention({ status, missed, problem }: Schedule): boolean {
  return isGoing(status) && (missed !== null || problem !== null)
}

function mostUrgent(one: Schedule, other: Schedule): number {
  const urgency = Number(needsAttention(other)) - Number(needsAttention(one))
  return urgency || dueAt(one) - dueAt(other) || one.entry.name.localeCompare(other.entry.name, 'en')
}

function dueAt({ nextRunAt }: Schedule): number {
  return nextRunAt?.getTime() ?? Number.MAX_SAFE_INTEGER
}
