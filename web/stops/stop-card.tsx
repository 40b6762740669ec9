import { Button, Group, Paper, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { StateBadge } from '../components/state-badge.js'
import { Time } from '../components/time.js'
import type { StopItemProps } from './stop-row.js'
import { StopSentence } from './stop-sentence.js'

/** One stop on a narrow screen. */
export function StopCard({ stop, cancel }: StopItemProps) {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="xs" component="li">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap">
          <StateBadge state={stop.status} />
          <Text size="xs" c="dimmed">
            {stop.mode === 'hard' ? t('stop.hardShort') : t('stop.softShort')} ·{' '}
            <Time at={stop.requested_at} />
          </Text>
        </Group>
        <StopSentence stop={stop} />
        <Group justify="space-between" wrap="nowrap">
          <Link to="/tasks/$taskId" params={{ taskId: stop.task_id }}>
            <Text span size="xs" ff="monospace">
              {stop.task_id.slice(0, 13)}
            </Text>
          </Link>
          <Text size="xs" c="dimmed" truncate>
            {stop.requested_by}
          </Text>
        </Group>
        {cancel && (stop.status === 'armed' || stop.status === 'requested') && (
          <Button size="compact-xs" variant="default" onClick={cancel}>
            {t('stop.cancel')}
          </Button>
        )}
      </Stack>
    </Paper>
  )
}
