import { Alert, Button, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { exportUrl, usePurge, usePurgePreview } from '../api/queues.js'
import { Problem } from '../components/problem.js'

interface PurgeDialogProps {
  readonly name: string
  readonly onClose: () => void
}

/** Counts what would be deleted, has the queue's name typed, then says what was deleted. */
export function PurgeDialog({ name, onClose }: PurgeDialogProps) {
  const { t } = useTranslation()
  const purge = usePurge(name)
  return (
    <Modal opened onClose={onClose} title={t('purge.title', { queue: name })} size="lg">
      {purge.data === undefined ? (
        <PurgeForm name={name} purge={purge} />
      ) : (
        <Stack>
          <Text size="sm">{t('purge.done', { deleted: purge.data.deleted })}</Text>
          {purge.data.ended_at === null && <Text size="sm">{t('queue.goesOn')}</Text>}
          {purge.data.problem !== null && (
            <Alert color="yellow" variant="light" lang="en">
              {purge.data.problem}
            </Alert>
          )}
          <Group justify="flex-end">
            {purge.data.deleted > 0 && (
              <Button component="a" href={exportUrl(purge.data)} variant="default">
                {t('queue.export')}
              </Button>
            )}
            <Button onClick={onClose} data-autofocus>
              {t('purge.close')}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

interface PurgeFormProps {
  readonly name: string
  readonly purge: ReturnType<typeof usePurge>
}

function PurgeForm({ name, purge }: PurgeFormProps) {
  const { t } = useTranslation()
  const preview = usePurgePreview(name)
  const [confirm, setConfirm] = useState('')
  const [reason, setReason] = useState('')
  if (preview.data === undefined) {
    return preview.error ? (
      <Problem error={preview.error} retry={() => void preview.refetch()} />
    ) : (
      <Skeleton height={180} />
    )
  }
  const { waiting } = preview.data
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        purge.mutate({ confirm, ...(reason !== '' && { reason }) })
      }}
    >
      <Stack>
        <Text size="sm" fw={600}>
          {waiting === 0 ? t('purge.none') : t('purge.count', { count: waiting })}
        </Text>
        <Text size="sm">{t('purge.kept')}</Text>
        <TextInput
          label={t('purge.confirm', { queue: name })}
          value={confirm}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setConfirm(event.currentTarget.value)}
        />
        <TextInput
          label={t('purge.reason')}
          placeholder={t('purge.reasonExample')}
          value={reason}
          maxLength={1000}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {purge.error && <Problem error={purge.error} />}
        <Group justify="flex-end">
          <Button
            type="submit"
            color="red"
            disabled={confirm !== name || waiting === 0}
            loading={purge.isPending}
          >
            {t('purge.do', { count: waiting })}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
