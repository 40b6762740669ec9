import { Paper, Text } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { QueueDetail } from '../api/types.js'
import { TimeChart } from '../overview/time-chart.js'

/** How many waited and how many were taken, minute by minute. */
export function QueueHistory({ history }: Pick<QueueDetail, 'history'>) {
  const { t, i18n } = useTranslation()
  const series = useMemo(
    () => [
      {
        label: t('queue.waiting'),
        tone: 'run' as const,
        filled: true,
        values: history.map(({ waiting }) => waiting),
      },
      {
        label: t('queue.takenPerMinute'),
        tone: 'good' as const,
        values: history.map(({ taken }) => taken),
      },
    ],
    [history, t],
  )
  const format = useMemo(() => (value: number) => value.toLocaleString(i18n.language), [i18n.language])
  if (history.length === 0) {
    return (
      <Paper withBorder p="xs">
        <Text size="sm" c="dimmed">
          {t('queue.noHistory')}
        </Text>
      </Paper>
    )
  }
  return <TimeChart title={t('queue.history')} points={history} series={series} format={format} />
}
