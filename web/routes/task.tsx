import {
  Alert,
  Anchor,
  Button,
  Code,
  CopyButton,
  Group,
  Paper,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { createLazyRoute, Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { urlOf } from '../api/client.js'
import { isFinished, useTask } from '../api/tasks.js'
import type { KnownTask } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { StopDialog } from '../components/stop-dialog.js'
import { companyOf, tookOf } from '../components/task-table.js'
import { duration } from '../components/time.js'
import { Timeline } from '../components/timeline.js'

export const route = createLazyRoute('/tasks/$taskId')({ component: TaskPage })

/** One task: what happened, why it failed, and stopping it. */
function TaskPage() {
  const { t } = useTranslation()
  const { taskId } = useParams({ from: '/tasks/$taskId' })
  const { data: task, error, refetch } = useTask(taskId)
  if (task === undefined) {
    return error ? <Problem error={error} retry={() => void refetch()} /> : <Skeleton height={300} />
  }
  return (
    <Stack gap="sm">
      <Anchor component={Link} to="/tasks" size="sm">
        ← {t('detail.back')}
      </Anchor>
      {task.in_db ? (
        <Known task={task} />
      ) : (
        <Alert title={task.task_name ?? task.task_id}>
          <StateBadge state={task.state} /> {t('detail.onlyBackend')}
          {task.error !== null && <Code block>{task.error}</Code>}
        </Alert>
      )}
    </Stack>
  )
}

function Known({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const [stopping, setStopping] = useState(false)
  const curl = `curl '${urlOf(`api/tasks/${encodeURIComponent(task.task_id)}/`)}'`
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Stack gap={2} miw={0}>
          <Title order={3} style={{ overflowWrap: 'anywhere' }}>
            {task.task_name}
          </Title>
          <Group gap="xs">
            <StateBadge state={task.state} />
            <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {task.task_id}
            </Text>
          </Group>
        </Stack>
        <Group gap="xs">
          <CopyButton value={curl}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? t('detail.copied') : t('detail.copyCurl')}
              </Button>
            )}
          </CopyButton>
          {!isFinished(task) && (
            <Button size="xs" color="red" variant="light" onClick={() => setStopping(true)}>
              {t('detail.stop')}
            </Button>
          )}
        </Group>
      </Group>
      {task.stop != null && (
        <Text size="sm">
          <StateBadge state={task.stop.status} /> {task.stop.by}
        </Text>
      )}
      {task.error !== null && (
        <Alert color={task.state === 'FAILURE' ? 'red' : 'violet'} title={t('detail.error')}>
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {task.error}
          </Text>
        </Alert>
      )}
      <Facts task={task} />
      {task.traceback !== null && <Block title={t('detail.traceback')} text={task.traceback} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        <Stack gap="sm" miw={0}>
          {task.args !== null && <Block title={`${t('detail.arguments')} (args)`} text={task.args} />}
          {task.kwargs !== null && <Block title={`${t('detail.arguments')} (kwargs)`} text={task.kwargs} />}
          {task.result_repr !== null && <Block title={t('detail.result')} text={task.result_repr} />}
        </Stack>
        <Timeline entries={task.timeline} />
      </SimpleGrid>
      {stopping && (
        <StopDialog taskId={task.task_id} taskName={task.task_name} onClose={() => setStopping(false)} />
      )}
    </>
  )
}

function Facts({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const facts = [
    [t('detail.type'), task.task_type_display],
    [t('detail.company'), companyOf(task)],
    [t('detail.queue'), task.queue],
    [t('detail.worker'), task.worker],
    [t('detail.waited'), waitedOf(task)],
    [t('detail.ran'), tookOf(task)],
    [t('detail.retries'), String(task.retries)],
    [t('detail.parent'), task.parent_id],
  ].filter(([, value]) => value !== null && value !== '')
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
      {facts.map(([name, value]) => (
        <Stack gap={0} key={name} miw={0}>
          <Text size="xs" c="dimmed">
            {name}
          </Text>
          <Text size="sm" truncate title={value ?? ''}>
            {value}
          </Text>
        </Stack>
      ))}
    </SimpleGrid>
  )
}

function Block({
  title,
  text,
}: {
  readonly title: string
  readonly text: { readonly text: string; readonly size?: number | undefined }
}) {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {title}
          {text.size !== undefined && ` – ${t('detail.cut', { size: text.size })}`}
        </Text>
        <CopyButton value={text.text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={copy}>
              {copied ? '✓' : '⧉'}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block mah={360} style={{ overflow: 'auto' }}>
        {text.text}
      </Code>
    </Paper>
  )
}

function waitedOf({ enqueued_at, started_at }: KnownTask): string {
  if (enqueued_at === null || started_at === null) return ''
  return duration(Math.max(0, Date.parse(started_at) - Date.parse(enqueued_at)) / 1000)
}
