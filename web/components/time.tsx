import { Tooltip } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** "3 min ago", with the exact time and zone on hover. */
export function Time({ at }: { readonly at: string | null }) {
  const { i18n } = useTranslation()
  if (at === null) return <span>–</span>
  const date = new Date(at)
  const exact = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'long' }).format(
    date,
  )
  return (
    <Tooltip label={exact} openDelay={300}>
      <time dateTime={at}>{relative(date, i18n.language)}</time>
    </Tooltip>
  )
}

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

export function relative(date: Date, language: string, now = Date.now()): string {
  const seconds = (date.getTime() - now) / 1000
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  return format.format(Math.round(seconds / size), unit)
}

/** "1.2 s", "3 min 5 s". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
