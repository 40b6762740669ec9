import { z } from 'zod'
import { maskUrl } from '../mask-url.js'
import { messageOf, type SqlClient, SqlFailure, type SqlProblem } from '../results/sql/client.js'
import { clientFor } from '../results/sql/open.js'
import { parseSqlUrl } from '../results/sql/url.js'
import { type BeatEntry, type BeatSchedule, plainEntry } from './entry.js'

/** Entries that are read at most. */
const most = 2_000

/** The tables can't be read. The message says why and the way out; it holds no password. */
export class BeatTablesUnreadable extends Error {
  override readonly name = 'BeatTablesUnreadable'
  constructor(
    /** There are none: the application does not use them, or keeps them elsewhere. */
    readonly absent: boolean,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** The schedule that django-celery-beat keeps in the database of the Django application. Only ever read. */
export class DjangoBeatTables {
  readonly maskedUrl: string
  readonly #client: SqlClient

  /** `url`: of the database, as the result backend `django-db` takes it. It connects when it is first asked. Throws BadUrl. */
  constructor(url: string) {
    const plain = url.replace(/^(db|database)\+/i, '')
    this.maskedUrl = maskUrl(plain)
    this.#client = clientFor(parseSqlUrl(plain))
  }

  /** By name, 2,000 at most; `more` where there are others. Rejects with BeatTablesUnreadable. */
  async read(): Promise<{ entries: readonly BeatEntry[]; more: boolean }> {
    const { epoch } = this.#client.dialect
    try {
      const rows = await this.#client.read({ sql: statement(epoch), values: [] })
      return { entries: rows.slice(0, most).map(readRow), more: rows.length > most }
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  #unreadable(error: unknown): BeatTablesUnreadable {
    const problem = error instanceof SqlFailure ? error.problem : 'other'
    const what =
      problem === 'no_table' ? 'there is no table django_celery_beat_periodictask' : messageOf(error)
    const sentence = `Can't read the schedule in ${this.maskedUrl}: ${what.trim().replace(/\.$/, '').slice(0, 500)}`
    return new BeatTablesUnreadable(problem === 'no_table', `${sentence}. ${waysOut[problem]}.`, {
      cause: error,
    })
  }
}

const waysOut: Record<SqlProblem, string> = {
  away: 'Check that the database runs, and that host and port in the URL are right',
  login: 'Check user and password in the URL',
  no_database: 'Check the name of the database in the URL',
  no_table:
    'Where the application uses django-celery-beat, run its migrations (python manage.py migrate), or say with ' +
    '--result-database where they have been run',
  no_permission: 'Let the user of the URL select from the tables django_celery_beat_*',
  no_driver: 'Install the optional package @photostructure/sqlite, which has no build for every system',
  other: 'It takes the tables of django-celery-beat 2.0 or newer',
}

/** One statement, so that the entries and their schedules are of one moment. Names are as Django's migrations give them. */
function statement(epoch: (column: string) => string): string {
  return `
    select p.name, p.task, p.args, p.kwargs, p.queue, p.description, p.enabled, p.one_off, p.total_run_count,
           ${epoch('p.start_time')} as starts_at,
           ${epoch('p.expires')} as expires_at,
           ${epoch('p.last_run_at')} as last_run_at,
           ${epoch('p.date_changed')} as changed_at,
           i.every, i.period,
           c.minute, c.hour, c.day_of_month, c.month_of_year, c.day_of_week, c.timezone,
           s.event, s.latitude, s.longitude,
           ${epoch('k.clocked_time')} as clocked_at
      from django_celery_beat_periodictask p
      left join django_celery_beat_intervalschedule i on i.id = p.interval_id
      left join django_celery_beat_crontabschedule c on c.id = p.crontab_id
      left join django_celery_beat_solarschedule s on s.id = p.solar_id
      left join django_celery_beat_clockedschedule k on k.id = p.clocked_id
     order by p.name
     limit ${most + 1}`
}

const text = z.string().nullable()
const number = z.union([z.null(), z.coerce.number()])
/** MySQL and SQLite have none, and answer with 0 and 1. */
const boolean = z.union([z.boolean(), z.number()]).transform(Boolean)
const time = number.transform((seconds) => (seconds === null ? null : new Date(Math.round(seconds * 1000))))

const tableRow = z.object({
  name: z.string(),
  task: z.string(),
  args: text,
  kwargs: text,
  queue: text,
  description: text,
  enabled: boolean,
  one_off: boolean,
  total_run_count: number,
  starts_at: time,
  expires_at: time,
  last_run_at: time,
  changed_at: time,
  every: number,
  period: text,
  minute: text,
  hour: text,
  day_of_month: text,
  month_of_year: text,
  day_of_week: text,
  timezone: text,
  event: text,
  latitude: number,
  longitude: number,
  clocked_at: time,
})
type TableRow = z.infer<typeof tableRow>

function readRow(row: unknown): BeatEntry {
  const read = tableRow.parse(row)
  const args = jsonOf(read.args)
  const kwargs = jsonOf(read.kwargs)
  const isJson = args !== undefined && kwargs !== undefined
  return {
    ...plainEntry,
    name: read.name,
    task: read.task,
    schedule: scheduleOf(read),
    args: args ?? read.args,
    kwargs: kwargs ?? read.kwargs,
    queue: read.queue || null,
    description: read.description || null,
    enabled: read.enabled,
    oneOff: read.one_off,
    startsAt: read.starts_at,
    expiresAt: read.expires_at,
    lastRunAt: read.last_run_at,
    totalRuns: read.total_run_count,
    changedAt: read.changed_at,
    problem: isJson ? null : 'Its arguments are no JSON: beat disables the entry.',
  }
}

const periods: Readonly<Record<string, number>> = {
  days: 86_400,
  hours: 3600,
  minutes: 60,
  seconds: 1,
  microseconds: 1e-6,
}

function scheduleOf(row: TableRow): BeatSchedule {
  const { every, period, minute, hour, day_of_month, month_of_year, day_of_week, timezone } = row
  const unit = periods[period ?? '']
  if (every !== null && every > 0 && unit !== undefined)
    return { kind: 'interval', every: every * unit, about: false }
  if (
    minute !== null &&
    hour !== null &&
    day_of_month !== null &&
    month_of_year !== null &&
    day_of_week !== null
  ) {
    const fields = {
      minute,
      hour,
      dayOfMonth: day_of_month,
      monthOfYear: month_of_year,
      dayOfWeek: day_of_week,
    }
    return { kind: 'crontab', fields, timezone }
  }
  if (row.clocked_at !== null) return { kind: 'clocked', at: row.clocked_at }
  const { event, latitude, longitude } = row
  if (event !== null && latitude !== null && longitude !== null)
    return { kind: 'solar', event, latitude, longitude }
  return { kind: 'unreadable', text: every === null ? 'no schedule' : `every ${every} ${period}` }
}

/** undefined where it is none. Django leaves empty what nobody filled in. */
function jsonOf(stored: string | null): unknown {
  if (stored === null || stored === '') return null
  try {
    return JSON.parse(stored)
  } catch {
    return undefined
  }
}
