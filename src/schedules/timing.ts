import { Cron } from 'croner'
import { BadCrontab, crontabNumbers } from '../celery/beat/crontab.js'
import type { BeatSchedule, CrontabFields } from '../celery/beat/entry.js'

/** When a schedule is due, as far as that can be told. */
export type Timing =
  /** At certain moments. `next`: the first after that moment; null: never again. */
  | { readonly kind: 'at'; readonly next: (after: Date) => Date | null }
  /** So many seconds after the run before. */
  | { readonly kind: 'after'; readonly seconds: number }
  | { readonly kind: 'unknown'; readonly why: string }

/** `timezone`: in which a crontab is meant that names none; null where nothing says. */
export function timingOf(schedule: BeatSchedule, timezone: string | null): Timing {
  switch (schedule.kind) {
    case 'interval':
      return { kind: 'after', seconds: schedule.every }
    case 'clocked':
      return { kind: 'at', next: (after) => (schedule.at > after ? schedule.at : null) }
    case 'crontab':
      return ofCrontab(schedule.fields, schedule.timezone ?? timezone)
    case 'solar':
      return unknown('Where the sun stands is not computed here: only beat knows when it is due.')
    case 'unreadable':
      return unknown(`Crisper can not read when it is due: ${schedule.text}`)
  }
}

/**
 * Celery's fields as lists of numbers, which mean the same to everybody. A day must fit the day of the month and that of
 * the week (cron itself takes either). An hour that the change to summer time leaves out comes when it is over.
 */
function ofCrontab(fields: CrontabFields, timezone: string | null): Timing {
  if (timezone === null) {
    return unknown(
      'The crontab is meant in the time zone of the machine that beat runs on, which nothing tells: set timezone in ' +
        'the settings of the application.',
    )
  }
  if (!isZone(timezone)) return unknown(`The time zone ${timezone} is not known here.`)
  try {
    const { minute, hour, dayOfMonth, monthOfYear, dayOfWeek } = crontabNumbers(fields)
    const pattern = [minute, hour, dayOfMonth, monthOfYear, dayOfWeek]
      .map((numbers) => numbers.join())
      .join(' ')
    const cron = new Cron(pattern, { timezone, domAndDow: true, paused: true, mode: '5-part' })
    return { kind: 'at', next: (after) => cron.nextRun(after) }
  } catch (error) {
    if (!(error instanceof BadCrontab)) throw error
    return unknown(`The crontab can not be read: ${error.message}.`)
  }
}

function unknown(why: string): Timing {
  return { kind: 'unknown', why }
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== ''
  } catch {
    return false
  }
}
