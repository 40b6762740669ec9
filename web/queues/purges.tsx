import { Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { exportUrl } from '../api/queues.js'
import { useMay } from '../api/session.js'
import type { Purge } from '../api/types.js'
import { Time } from '../components/time.js'
import classes from './queues-page.module.css'

/** The purges of a queue whose exports are still there. */
export function Purges({ purges }: { readonly purges: readonly Purge[] }) {
  const { t } = useTranslation()
  if (purges.length === 0) return null
  return (
    <Paper withBorder p="xs">
      <Title order={2} size="h5" mb="xs">
        {t('queue.purges')}
      </Title>
      <Stack gap="xs">
        {purges.map((purge) => (
          <PurgeItem key={purge.id} purge={purge} />
        ))}
      </Stack>
    </Paper>
  )
}

function PurgeItem({ purge }: { readonly purge: Purge }) {
  const { t } = useTranslation()
  const mayExport = useMay('queues:purge')
  const { deleted, waiting, by, reason, taken, incomplete, problem } = purge
  const notes = [
    ...(purge.ended_at === null ? [t('queue.goesOn')] : []),
    ...(taken === 0 ? [] : [t('queue.takenMeanwhile', { count: taken })]),
    ...(incomplete === 0 ? [] : [t('queue.incomplete', { count: incomplete })]),
  ]
  return (
    <div className={classes.message}>
      <Group gap="xs">
        <Text size="sm">
          <Time at={purge.requested_at} /> · {t('queue.purged', { deleted, waiting, by })}
        </Text>
        {deleted > 0 && mayExport && (
          <Anchor href={exportUrl(purge)} size="sm">
            {t('queue.export')}
          </Anchor>
        )}
      </Group>
      {reason !== null && <Text size="sm">{reason}</Text>}
      {notes.length > 0 && (
        <Text size="xs" c="dimmed">
          {notes.join(' · ')}
        </Text>
      )}
      {problem !== null && (
        <Text size="xs" className={classes.error} lang="en">
          {problem}
        </Text>
      )}
    </div>
  )
}
