import { Alert, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { isOpen, useStop } from '../api/stops.js'
import { StateBadge } from '../components/state-badge.js'
import { StopEvidence } from './stop-evidence.js'

interface StopProgressProps {
  readonly id: string
  /** What was said when it was asked for, until more is known. */
  readonly message?: string
}

/** Follows a stop to its outcome. */
export function StopProgress({ id, message }: StopProgressProps) {
  const { t } = useTranslation()
  const stop = useStop(id).data
  return (
    <Stack gap="xs" aria-live="polite">
      <Group gap="xs">
        <StateBadge state={stop?.status ?? 'requested'} />
        {stop !== undefined && isOpen(stop) && (
          <Text size="sm" c="dimmed">
            {t('stop.following')}
          </Text>
        )}
      </Group>
      <Alert variant="light" p="xs">
        {stop?.explanation ?? message}
      </Alert>
      {stop !== undefined && <StopEvidence stop={stop} />}
    </Stack>
  )
}
