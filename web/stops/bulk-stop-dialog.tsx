import { Alert, Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Selection, useDryRun, useStopMany } from '../api/stops.js'
import type { DryRun } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { BatchProgress } from './batch-progress.js'
import { StopChoice } from './stop-choice.js'

interface BulkStopDialogProps {
  readonly selection: Selection
  readonly onClose: () => void
}

/** Counts what would be stopped, asks for a reason, then follows the batch. */
export function BulkStopDialog({ selection, onClose }: BulkStopDialogProps) {
  const { t } = useTranslation()
  const stopMany = useStopMany(selection)
  return (
    <Modal opened onClose={onClose} title={t('bulk.title')} size="lg">
      {stopMany.data === undefined ? (
        <BulkStopForm selection={selection} stopMany={stopMany} />
      ) : (
        <Stack>
          <BatchProgress id={stopMany.data.id} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('stop.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

interface BulkStopFormProps {
  readonly selection: Selection
  readonly stopMany: ReturnType<typeof useStopMany>
}

function BulkStopForm({ selection, stopMany }: BulkStopFormProps) {
  const { t } = useTranslation()
  const [choice, setChoice] = useState({ hard: false, reason: '' })
  const counted = useDryRun(selection, choice.hard)
  if (counted.data === undefined) {
    return counted.error ? (
      <Problem error={counted.error} retry={() => void counted.refetch()} />
    ) : (
      <Skeleton height={180} />
    )
  }
  const { total } = counted.data
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const { hard, reason } = choice
        stopMany.mutate({ hard, ...(reason !== '' && { reason }), expected: about(total) })
      }}
    >
      <Stack>
        <Counted counted={counted.data} />
        <StopChoice choice={choice} onChange={setChoice} soft={t('bulk.soft')} hard={t('bulk.hard')} />
        {counted.data.cannot_terminate > 0 && (
          <Alert variant="light" color="yellow" p="xs">
            {t('bulk.cannot', { count: counted.data.cannot_terminate })}
          </Alert>
        )}
        {stopMany.error && <Problem error={stopMany.error} retry={() => void counted.refetch()} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            {...(choice.hard && { color: 'red' })}
            disabled={total === 0}
            loading={stopMany.isPending}
          >
            {t(choice.hard ? 'bulk.doHard' : 'bulk.doSoft', { count: total })}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** More tasks may come or end meanwhile; a filter that suddenly means other tasks is refused by the server. */
function about(count: number): object {
  return { count, within: Math.max(20, Math.ceil(count / 10)) }
}

function Counted({ counted }: { readonly counted: DryRun }) {
  const { t } = useTranslation()
  if (counted.total === 0) return <Text size="sm">{t('bulk.none')}</Text>
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        {t('bulk.total', { count: counted.total })}
      </Text>
      <Group gap="xs">
        {Object.entries(counted.by_state).map(([state, count]) => (
          <Text key={state} size="sm">
            <StateBadge state={state} /> {count.toLocaleString()}
          </Text>
        ))}
      </Group>
      {Object.entries(counted.running_on).map(([worker, count]) => (
        <Text key={worker} size="xs" c="dimmed">
          {t('bulk.runningOn', { count, worker })}
        </Text>
      ))}
    </Stack>
  )
}
