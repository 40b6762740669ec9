import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Queue } from '../api/types.js'
import { decimalFormat } from '../components/formats.js'
import { Duration, Time } from '../components/time.js'

/** "12.5/s", or that it is not known yet. */
export function Rate({ rate }: { readonly rate: number | undefined }) {
  const { t, i18n } = useTranslation()
  if (rate === undefined) return <Unknown text={t('queue.unsampled')} />
  const digits = rate < 10 ? 1 : 0
  return <>{t('queue.perSecond', { rate: decimalFormat(i18n.language, digits).format(rate) })}</>
}

export function Oldest({ queue: { oldest_at, waiting } }: { readonly queue: Queue }) {
  const { t } = useTranslation()
  if (oldest_at === null) return waiting ? <Unknown text={t('queues.unknown')} /> : null
  return <Time at={oldest_at} />
}

export function EmptyIn({ queue: { empty_in, rates } }: { readonly queue: Queue }) {
  const { t } = useTranslation()
  if (empty_in !== null) return <Duration seconds={empty_in} />
  return <Unknown text={t(rates === null ? 'queue.unsampled' : 'queue.growing')} />
}

function Unknown({ text }: { readonly text: string }) {
  return (
    <Text span size="xs" c="dimmed">
      {text}
    </Text>
  )
}
