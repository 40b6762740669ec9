import type { CrontabFields } from './entry.js'

/** The numbers that each field of a crontab stands for, in order. */
export type CrontabNumbers = { readonly [F in keyof CrontabFields]: readonly number[] }

/** A field can't be read: Celery would refuse it too. */
export class BadCrontab extends Error {
  override readonly name = 'BadCrontab'
}

interface Range {
  readonly least: number
  readonly most: number
}

const ranges = {
  minute: { least: 0, most: 59 },
  hour: { least: 0, most: 23 },
  dayOfMonth: { least: 1, most: 31 },
  monthOfYear: { least: 1, most: 12 },
  /** 0 is Sunday; Celery knows no 7. */
  dayOfWeek: { least: 0, most: 6 },
} as const satisfies Record<keyof CrontabFields, Range>

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * What the fields mean to Celery (`celery.schedules.crontab_parser`), which differs from cron: ranges go on at the start
 * (`fri-mon`), steps count from the beginning of the range, and 7 is no day. Throws BadCrontab.
 */
export function crontabNumbers(fields: CrontabFields): CrontabNumbers {
  return {
    minute: expand(fields.minute, ranges.minute),
    hour: expand(fields.hour, ranges.hour),
    dayOfMonth: expand(fields.dayOfMonth, ranges.dayOfMonth),
    monthOfYear: expand(fields.monthOfYear, ranges.monthOfYear),
    dayOfWeek: expand(fields.dayOfWeek, ranges.dayOfWeek),
  }
}

function expand(field: string, range: Range): number[] {
  const numbers = new Set(field.split(',').flatMap((part) => expandPart(part.trim(), range)))
  return [...numbers].sort((one, other) => one - other)
}

function expandPart(part: string, range: Range): number[] {
  const [, span = '', step] = /^(\*|\w+(?:-\w+)?)(?:\/(\d+))?$/.exec(part) ?? []
  const [from = '', to] = span.split('-')
  const isOne = span !== '*' && to === undefined
  if (span === '' || (isOne && step !== undefined)) throw new BadCrontab(`${part || 'nothing'} is no field`)
  const all = span === '*' ? between(range.least, range.most) : wrapped(from, to ?? from, range)
  const every = step === undefined ? 1 : Number(step)
  if (every === 0) throw new BadCrontab(`${part} has a step of 0`)
  return all.filter((_, index) => index % every === 0)
}

function wrapped(from: string, to: string, range: Range): number[] {
  const first = numberOf(from, range)
  const last = numberOf(to, range)
  if (first <= last) return between(first, last)
  return [...between(first, range.most), ...between(range.least, last)]
}

function numberOf(text: string, range: Range): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : named(text)
  if (number !== undefined && number >= range.least && number <= range.most) return number
  throw new BadCrontab(`${text} is not from ${range.least} to ${range.most}`)
}

/** By the first three letters. */
function named(text: string): number | undefined {
  const start = text.slice(0, 3).toLowerCase()
  const month = months.indexOf(start)
  if (month >= 0) return month + 1
  const day = weekdays.indexOf(start)
  return day >= 0 ? day : undefined
}

function between(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
