import { Paper, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import { Time } from '../components/time.js'

/** Why a task counts as lost. */
export function LostNote({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const evidence = task.lost_evidence
  if (evidence === null) return null
  return (
    <Paper withBorder p="sm">
      <Text size="sm" fw={600}>
        {t(`lost.${evidence.kind}`, { worker: evidence.worker })}
      </Text>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {evidence.note}
      </Text>
      <Text size="xs" c="dimmed" mt={4}>
        <Time at={evidence.at} /> · {t('lost.reversible')}
      </Text>
    </Paper>
  )
}
