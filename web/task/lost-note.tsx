import { Alert, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import { Time } from '../components/time.js'

/** Why a task counts as lost. */
export function LostNote({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const evidence = task.lost_evidence
  if (evidence === null) return null
  return (
    <Alert variant="light" color="orange" title={t(`lost.${evidence.kind}`, { worker: evidence.worker })}>
      <Text size="sm">{evidence.note}</Text>
      <Text size="xs" c="dimmed" mt={4}>
        <Time at={evidence.at} /> · {t('lost.reversible')}
      </Text>
    </Alert>
  )
}
