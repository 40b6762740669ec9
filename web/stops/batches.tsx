import { Group, Paper, Progress, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useBatches } from '../api/stops.js'
import { Time } from '../components/time.js'

/** Batches shown here, the newest. */
const most = 5

/** The newest batches with how far they are. */
export function Batches() {
  const { t } = useTranslation()
  const batches = useBatches().data?.batches.slice(0, most) ?? []
  if (batches.length === 0) return null
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed" mb={4}>
        {t('batch.title')}
      </Text>
      <Stack gap={6}>
        {batches.map((batch) => (
          <Group key={batch.id} gap="sm" wrap="nowrap">
            <Progress value={batch.percent ?? 0} w={90} aria-label={t('batch.percent')} />
            <Link to="/stops" search={{ batch_id: batch.id }}>
              <Text size="sm" span>
                {t(`batch.${batch.status}`, { count: batch.total })}
              </Text>
            </Link>
            <Text size="xs" c="dimmed" truncate>
              {batch.requested_by} · <Time at={batch.requested_at} /> {batch.reason}
            </Text>
          </Group>
        ))}
      </Stack>
    </Paper>
  )
}
