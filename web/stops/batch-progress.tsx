import { Button, Group, Progress, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useBatch, useCancelBatch } from '../api/stops.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'

/** How far a batch of stops is. */
export function BatchProgress({ id }: { readonly id: string }) {
  const { t } = useTranslation()
  const { data: batch, error } = useBatch(id)
  const cancel = useCancelBatch()
  const mayStop = useMay('tasks:stop')
  if (error) return <Problem error={error} />
  if (batch === undefined) return null
  const isOver = batch.status === 'done' || batch.status === 'cancelled'
  return (
    <Stack gap="xs" aria-live="polite">
      <Group justify="space-between">
        <Text size="sm">{t(`batch.${batch.status}`, { count: batch.total })}</Text>
        {!isOver && mayStop && (
          <Button size="compact-xs" variant="default" onClick={() => cancel.mutate(id)}>
            {t('batch.cancel')}
          </Button>
        )}
      </Group>
      <Progress value={batch.percent ?? 0} animated={!isOver} aria-label={t('batch.percent')} />
      <Group gap="xs">
        {Object.entries(batch.counts).map(([status, count]) => (
          <Text key={status} size="sm">
            <StateBadge state={status} /> {count.toLocaleString()}
          </Text>
        ))}
      </Group>
      {cancel.error && <Problem error={cancel.error} />}
      <Link to="/stops" search={{ batch_id: id }}>
        {t('batch.stops')}
      </Link>
    </Stack>
  )
}
