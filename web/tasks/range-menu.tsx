import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Filters } from './filters.js'

const ranges = ['', '0.25', '1', '24', '168', '720'] as const

interface RangeMenuProps {
  /** What no range in the URL means, in hours; any time where absent. */
  readonly standard?: string
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}

/** Quick ranges of time. An exact range in the URL is shown as one of its own. */
export function RangeMenu({ filters, onChange, standard = '' }: RangeMenuProps) {
  const { t } = useTranslation()
  const { hours_ago, created_after, created_before, ...rest } = filters
  const isExact = created_after !== undefined || created_before !== undefined
  const value = isExact ? 'exact' : (hours_ago ?? standard)
  // Where there is a standard, any time would be too much.
  const offered = ranges.filter((range) => range !== '' || standard === '')
  const known = offered.find((range) => range === value)
  return (
    <NativeSelect
      size="sm"
      aria-label={t('range.label')}
      value={value}
      onChange={({ currentTarget }) =>
        onChange(currentTarget.value === standard ? rest : { ...rest, hours_ago: currentTarget.value })
      }
      data={[
        ...offered.map((range) => ({
          value: range,
          label: t(`range.${range === '' ? 'any' : range.replace('.', '_')}`),
        })),
        ...(isExact ? [{ value: 'exact', label: t('range.exact') }] : []),
        ...(known === undefined && !isExact
          ? [{ value, label: t('range.hours', { count: Number(value) }) }]
          : []),
      ]}
    />
  )
}
