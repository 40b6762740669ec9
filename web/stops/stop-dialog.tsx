import { Alert, Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePreview, useStopTask } from '../api/stops.js'
import type { Preview } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { duration, useExactTime } from '../components/time.js'
import { StopChoice } from './stop-choice.js'
import { StopProgress } from './stop-progress.js'

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
        <Stack>
          <StopProgress id={stopTask.data.stop.id} message={stopTask.data.message} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus>
              {t('stop.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

interface StopFormProps {
  readonly taskId: string
  readonly stopTask: ReturnType<typeof useStopTask>
}

function StopForm({ taskId, stopTask }: StopFormProps) {
  const { t } = useTranslation()
  const preview = usePreview(taskId)
  const [choice, setChoice] = useState({ hard: false, reason: '' })
  const place = usePlace()
  if (preview.data === undefined) {
    return preview.error ? (
      <Problem error={preview.error} retry={() => void preview.refetch()} />
    ) : (
      <Skeleton height={180} />
    )
  }
  const { soft, hard_stop, notes } = preview.data
  const effect = choice.hard ? hard_stop : soft
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const { hard, reason } = choice
        stopTask.mutate({ hard, ...(reason !== '' && { reason }) })
      }}
    >
      <Stack>
        <Text size="sm">{place(preview.data)}</Text>
        <StopChoice
          choice={choice}
          onChange={setChoice}
          soft={t(`effect.${soft.code}`, preview.data)}
          hard={t(`effect.${hard_stop.code}`, preview.data)}
        />
        {notes.length > 0 && (
          <Alert variant="light" color="yellow" p="xs">
            {notes.map(({ code }) => (
              <Text key={code} size="sm">
                {t(`note.${code}`)}
              </Text>
            ))}
          </Alert>
        )}
        {stopTask.error && <Problem error={stopTask.error} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            {...(choice.hard && { color: 'red' })}
            disabled={!effect.possible}
            loading={stopTask.isPending}
          >
            {choice.hard ? t('stop.doHard') : t('stop.doSoft')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Where the task is, in a sentence. */
function usePlace(): (preview: Preview) => string {
  const { t, i18n } = useTranslation()
  const exact = useExactTime()
  return ({ place, worker, queue, pool, running_seconds, eta }) =>
    t(`place.${place}`, {
      worker,
      queue,
      pool: pool ?? '?',
      ran: running_seconds === null ? '?' : duration(running_seconds, i18n.language),
      eta: eta === null ? '?' : exact(eta),
    })
}
