import { WrongUsage } from './usage.js'

const hoursOf = { h: 1, d: 24, w: 168 } as const

/** "12h", "90d", "4w" from now, or a date. Throws WrongUsage. */
export function toExpiry(text: string, now = new Date()): Date {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  const date =
    unit === 'h' || unit === 'd' || unit === 'w'
      ? new Date(now.getTime() + Number(count) * hoursOf[unit] * 3_600_000)
      : new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : Number.NaN)
  if (date > now) return date
  throw new WrongUsage(`--expires takes a time to come, such as 12h, 90d, 4w or 2027-01-31, not ${text}.`)
}
