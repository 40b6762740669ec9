import { useTranslation } from 'react-i18next'
import { duration } from '../components/time.js'

/** Writes a time in seconds, and a dash where there is none. */
export function useSeconds(): (value: number | undefined) => string {
  const { i18n } = useTranslation()
  return (value) => (value === undefined ? '–' : duration(value, i18n.language))
}
