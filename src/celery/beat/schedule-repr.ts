import type { BeatSchedule, CrontabFields } from './entry.js'

const crontabPattern = /^<crontab: (.+) \(([\w/]+)\)(?:, ([^>]+?))?>$/
/** As `celery.utils.time.humanize_seconds` writes it: two digits of whatever unit fits. */
const freqPattern = /^<freq: (\d+(?:\.\d+)?) (day|hour|minute|second)s?>$/
const solarPattern = /^<solar: (\w+) at latitude (-?[\d.]+), longitude: (-?[\d.]+)>$/
/** As Python writes a timedelta. */
const deltaPattern = /^(?:(\d{1,9}) days?, )?(\d{1,2}):(\d\d):(\d\d(?:\.\d{1,6})?)$/
/** A field of a crontab: a list, tuple, set or range as it was given, or text, which may have blanks behind commas. */
const fieldPattern = /(?:range)?[[({][^\])}]*[\])}]|(?:[^\s,]*,\s*)*[^\s,]+/g

const longest = 1000

const fieldNames: Readonly<Record<string, keyof CrontabFields>> = {
  m: 'minute',
  h: 'hour',
  d: 'dayOfWeek',
  dM: 'dayOfMonth',
  MY: 'monthOfYear',
}

const units = { day: 86_400, hour: 3600, minute: 60, second: 1 } as const

/**
 * A schedule as a worker tells it with its settings: a number of seconds, or the text of a Python object. Nothing is
 * evaluated. What is none of Celery's own schedules, or of a later Celery, is unreadable.
 */
export function readSchedule(told: unknown): BeatSchedule {
  if (typeof told === 'number' && Number.isFinite(told) && told > 0) return seconds(told)
  const whole = typeof told === 'string' ? told : JSON.stringify(told ?? null)
  if (whole.length > longest) return { kind: 'unreadable', text: `${whole.slice(0, longest)}…` }
  const text = whole.replaceAll(/\s+/g, ' ').trim()
  const [, fields, legend, timezone] = crontabPattern.exec(text) ?? []
  const known =
    fields !== undefined && legend !== undefined
      ? readCrontab(fields, legend, timezone ?? null)
      : (readFreq(text) ?? readDelta(text) ?? readSolar(text))
  return known ?? { kind: 'unreadable', text }
}

/** The order of the fields has changed in Celery 5.3; it stands behind them. */
function readCrontab(text: string, legend: string, timezone: string | null): BeatSchedule | undefined {
  const names = legend.split('/').map((name) => fieldNames[name])
  const values = text.match(fieldPattern) ?? []
  const field = (name: keyof CrontabFields) => plainField(values[names.indexOf(name)])
  const [minute, hour, dayOfMonth] = [field('minute'), field('hour'), field('dayOfMonth')]
  const [monthOfYear, dayOfWeek] = [field('monthOfYear'), field('dayOfWeek')]
  if (values.length !== names.length || minute === undefined || hour === undefined) return undefined
  if (dayOfMonth === undefined || monthOfYear === undefined || dayOfWeek === undefined) return undefined
  return { kind: 'crontab', fields: { minute, hour, dayOfMonth, monthOfYear, dayOfWeek }, timezone }
}

/** `[0, 30]` is `0,30`, as text would have it. */
function plainField(written: string | undefined): string | undefined {
  const [, first, end] = /^range\((\d+), (\d+)\)$/.exec(written ?? '') ?? []
  if (first !== undefined) return `${first}-${Number(end) - 1}`
  return written?.replaceAll(/[[\](){}'\s]|,(?=[\])}])/g, '')
}

function readFreq(text: string): BeatSchedule | undefined {
  const [, number, unit] = freqPattern.exec(text) ?? []
  if (number === undefined || (unit !== 'day' && unit !== 'hour' && unit !== 'minute' && unit !== 'second'))
    return undefined
  const isRounded = unit !== 'second' && !/^\d+(\.0+)?$/.test(number)
  const every = Number(number) * units[unit]
  return every > 0 ? { kind: 'interval', every, about: isRounded } : undefined
}

function readDelta(text: string): BeatSchedule | undefined {
  const [all, days = '0', hours, minutes, rest] = deltaPattern.exec(text) ?? []
  if (all === undefined) return undefined
  const every = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(rest)
  return every > 0 ? seconds(every) : undefined
}

function readSolar(text: string): BeatSchedule | undefined {
  const [, event, latitude, longitude] = solarPattern.exec(text) ?? []
  if (event === undefined) return undefined
  return { kind: 'solar', event, latitude: Number(latitude), longitude: Number(longitude) }
}

function seconds(every: number): BeatSchedule {
  return { kind: 'interval', every, about: false }
}
