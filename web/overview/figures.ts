import { useTranslation } from 'react-i18next'
import { duration } from '../components/time.js'

/** Writes a share of one in percent, and a dash where there is none. */
export function useRate(): (value: number | null) => string {
  const { i18n } = useTranslation()
  const format = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 })
  return (value) => (value === null ? '–' : format.format(value))
}

/** Writes a time in seconds, and a dash where there is none. */
export function useSeconds(): (value: number | undefined) => string {
  const { i18n } = useTranslation()
  return (value) => (value === undefined ? '–' : duration(value, i18n.language))
}
