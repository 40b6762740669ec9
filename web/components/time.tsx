import { Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { usePreferences } from '../shell/preferences.js'
import { useNow } from './now.js'

/** "3 min ago", with the exact time and zone on hover. */
export function Time({ at }: { readonly at: string | null }) {
  const { i18n } = useTranslation()
  const exact = useExactTime()
  const now = useNow()
  if (at === null) return null
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={at}>{relative(new Date(at), i18n.language, now)}</time>
    </Tooltip>
  )
}

/** Writes times in the zone and language that the reader chose. */
export function useExactTime(): (at: string) => string {
  const { i18n } = useTranslation()
  const { timeZone } = usePreferences().preferences
  const format = new Intl.DateTimeFormat(i18n.language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
    ...(timeZone !== 'local' && { timeZone }),
  })
  return (at) => format.format(new Date(at))
}

/** Also of what goes on: it grows while it is looked at. */
export function Duration({ seconds }: { readonly seconds: number | null }) {
  const { i18n } = useTranslation()
  useNow()
  return seconds === null ? null : duration(seconds, i18n.language)
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** `now` is epoch ms. */
function relative(date: Date, language: string, now: number): string {
  const seconds = (date.getTime() - now) / 1000
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  return format.format(Math.round(seconds / size), unit)
}

/** In one unit, for the axis of a chart: "25 s", "1.5 min", "3 h". */
export function roughDuration(seconds: number, language: string): string {
  const [unit, size]: [string, number] = seconds < 90 ? ['s', 1] : seconds < 5400 ? ['min', 60] : ['h', 3600]
  return `${new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }).format(seconds / size)} ${unit}`
}

/** "0.31 s", "1.2 s", "3 min 5 s", "2 h 4 min", "3 d 4 h". */
export function duration(seconds: number, language: string): string {
  if (seconds < 59.5) {
    const digits = seconds < 1 ? 2 : seconds < 10 ? 1 : 0
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(seconds)} s`
  }
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}
