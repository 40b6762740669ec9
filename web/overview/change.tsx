import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'

interface ChangeProps {
  readonly now: number | null | undefined
  readonly before: number | null | undefined
  readonly moreIsBad?: boolean
}

/** Changes below this are noise. */
const noise = 0.02

/** Against the period before, in percent, where that says something. */
export function Change({ now, before, moreIsBad = false }: ChangeProps) {
  const { t, i18n } = useTranslation()
  if (now == null || before == null || before === 0) return null
  const by = now / before - 1
  if (Math.abs(by) < noise) return null
  const percent = new Intl.NumberFormat(i18n.language, {
    style: 'percent',
    maximumFractionDigits: 0,
    signDisplay: 'always',
  }).format(by)
  return (
    <Text span size="xs" ml={6} {...(moreIsBad && by > 0 ? { c: 'var(--bad-text)' } : { c: 'dimmed' })}>
      <span title={t('overview.previous')}>{percent}</span>
    </Text>
  )
}
