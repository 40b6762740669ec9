import i18next from 'i18next'
import { usePreferences } from '../shell/preferences.js'
import { decimalFormat, exactFormat, relativeFormat, significantFormat } from './formats.js'
import { useNow } from './now.js'

/**
 * "3 min ago", with the exact time and zone on hover. Here as in other cells of lists i18next is asked without its hook,
 * which is slow; the language changes only when the page is loaded anew.
 */
export function Time({ at }: { readonly at: string | null }) {
  const exact = useExactTime()
  const now = useNow()
  if (at === null) return null
  return (
    <time dateTime={at} title={exact(at)}>
      {relative(new Date(at), i18next.language, now)}
    </time>
  )
}

/** Writes times in the zone and language that the reader chose. */
export function useExactTime(): (at: string) => string {
  const { timeZone } = usePreferences().preferences
  const format = exactFormat(i18next.language, timeZone)
  return (at) => format.format(new Date(at))
}

/** Also of what goes on: it grows while it is looked at. */
export function Duration({ seconds }: { readonly seconds: number | null }) {
  useNow()
  return seconds === null ? null : duration(seconds, i18next.language)
}

/** In seconds, the greatest first. */
export const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** `now` is epoch ms. */
function relative(date: Date, language: string, now: number): string {
  const ahead = (date.getTime() - now) / 1000
  // The page's clock ticks once a second: what has just happened is not to come.
  const seconds = ahead > 0 && ahead < 2 ? 0 : ahead
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return relativeFormat(language).format(Math.round(seconds / size), unit)
}

/** In one unit, for the axis of a chart: "25 s", "1.5 min", "3 h". */
export function roughDuration(seconds: number, language: string): string {
  const [unit, size]: [string, number] = seconds < 90 ? ['s', 1] : seconds < 5400 ? ['min', 60] : ['h', 3600]
  return `${significantFormat(language, 2).format(seconds / size)} ${unit}`
}

/** "0.31 s", "1.2 s", "3 min 5 s", "2 h 4 min", "3 d 4 h". */
export function duration(seconds: number, language: string): string {
  if (seconds < 59.5) {
    const digits = seconds < 1 ? 2 : seconds < 10 ? 1 : 0
    return `${decimalFormat(language, digits).format(seconds)} s`
  }
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`
}
