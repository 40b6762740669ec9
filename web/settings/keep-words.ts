import { useTranslation } from 'react-i18next'

const units = { h: 'hour', d: 'day', w: 'week', y: 'year' } as const

/** "30 days" for `30d`, as the server writes how long something is kept. */
export function useKeepWords(): (keep: string) => string {
  const { t, i18n } = useTranslation()
  return (keep) => {
    const [, count, letter] = /^(\d+)([hdwy])$/.exec(keep) ?? []
    const unit = Object.entries(units).find(([each]) => each === letter)?.[1]
    if (unit === undefined) return t('retention.forever')
    return new Intl.NumberFormat(i18n.language, { style: 'unit', unit, unitDisplay: 'long' }).format(
      Number(count),
    )
  }
}
