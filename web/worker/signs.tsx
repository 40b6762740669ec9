import { Paper, SimpleGrid, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { WorkerDetail } from '../api/types.js'
import { Time } from '../components/time.js'

/** Three facts that don't follow from each other, each with its time: heartbeats, answers, consuming. */
export function Signs({ worker }: { readonly worker: WorkerDetail }) {
  const { t } = useTranslation()
  const { consumes, last_task_at } = worker.consuming
  // Of one that has stopped what it said before is no answer.
  const said_at = worker.status === 'stopped' ? null : worker.consuming.said_at
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xs">
      <Sign name={t('worker.heartbeat')}>{timeOr(worker.last_heartbeat_at, t('worker.never'))}</Sign>
      <Sign name={t('worker.answer')}>{timeOr(worker.last_answer_at, t('worker.never'))}</Sign>
      <Sign name={t('worker.consuming')}>
        {consumes === null ? t('queues.unknown') : t(consumes ? 'worker.yes' : 'worker.no')}
        <Text size="xs" c="dimmed" component="div">
          {said_at !== null && (
            <>
              {t('worker.since')} <Time at={said_at} />
            </>
          )}
          {last_task_at !== null && (
            <>
              {said_at !== null && ' · '}
              {t('worker.took')} <Time at={last_task_at} />
            </>
          )}
        </Text>
      </Sign>
    </SimpleGrid>
  )
}

function timeOr(at: string | null, otherwise: string): ReactNode {
  return at === null ? otherwise : <Time at={at} />
}

function Sign({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" fw={600} component="div">
        {children}
      </Text>
    </Paper>
  )
}
