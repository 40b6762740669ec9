import { Alert, Button, Group, Modal, Radio, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isOpen, usePreview, useStop, useStopTask } from '../api/stops.js'
import type { Preview } from '../api/types.js'
import { Problem } from './problem.js'
import { StateBadge } from './state-badge.js'

interface StopDialogProps {
  readonly taskId: string
  readonly taskName: string
  readonly onClose: () => void
}

/** Says what a stop will do to this task, asks for a reason, then follows the stop to its outcome. */
export function StopDialog({ taskId, taskName, onClose }: StopDialogProps) {
  const { t } = useTranslation()
  const stopTask = useStopTask(taskId)
  return (
    <Modal opened onClose={onClose} title={t('stop.title', { name: taskName })} size="lg">
      {stopTask.data === undefined ? (
        <StopForm taskId={taskId} stopTask={stopTask} />
      ) : (
        <StopOutcome id={stopTask.data.stop.id} message={stopTask.data.message} onClose={onClose} />
      )}
    </Modal>
  )
}

function StopForm({
  taskId,
  stopTask,
}: {
  readonly taskId: string
  readonly stopTask: ReturnType<typeof useStopTask>
}) {
  const { t } = useTranslation()
  const preview = usePreview(taskId)
  const [hard, setHard] = useState(false)
  const [reason, setReason] = useState('')
  if (preview.error) return <Problem error={preview.error} retry={() => void preview.refetch()} />
  if (preview.data === undefined) return <Skeleton height={180} />
  const effect = hard ? preview.data.hard_stop : preview.data.soft
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        stopTask.mutate({ hard, ...(reason !== '' && { reason }) })
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {whereabouts(preview.data, t)}
        </Text>
        <Radio.Group value={hard ? 'hard' : 'soft'} onChange={(value) => setHard(value === 'hard')}>
          <Stack gap="xs">
            <Radio value="soft" label={t('stop.soft')} description={preview.data.soft.effect} />
            <Radio value="hard" label={t('stop.hard')} description={preview.data.hard_stop.effect} />
          </Stack>
        </Radio.Group>
        {preview.data.notes.map((note) => (
          <Text key={note} size="sm">
            {note}
          </Text>
        ))}
        <TextInput
          label={t('stop.reason')}
          placeholder={t('stop.reasonExample')}
          value={reason}
          maxLength={1000}
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {stopTask.error && <Problem error={stopTask.error} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            color={hard ? 'red' : 'cyan'}
            disabled={!effect.possible}
            loading={stopTask.isPending}
          >
            {hard ? t('stop.doHard') : t('stop.doSoft')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function StopOutcome({
  id,
  message,
  onClose,
}: {
  readonly id: string
  readonly message: string
  readonly onClose: () => void
}) {
  const { t } = useTranslation()
  const stop = useStop(id)
  const now = stop.data
  return (
    <Stack aria-live="polite">
      <Group>
        <StateBadge state={now?.status ?? 'requested'} />
        {now !== undefined && isOpen(now) && (
          <Text size="sm" c="dimmed">
            {t('stop.following')}
          </Text>
        )}
      </Group>
      <Alert variant="light">{now?.explanation ?? message}</Alert>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('stop.close')}
        </Button>
      </Group>
    </Stack>
  )
}

function whereabouts(preview: Preview, t: ReturnType<typeof useTranslation>['t']): string {
  return t(`place.${preview.place}`, {
    worker: preview.worker,
    queue: preview.queue,
    pool: preview.pool ?? '?',
    seconds: preview.running_seconds,
    eta: preview.eta,
  })
}
