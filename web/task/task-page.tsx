import { Alert, Anchor, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { HiddenPayload } from '../access/hidden-payload.js'
import { useMay } from '../api/session.js'
import { useTask } from '../api/tasks.js'
import type { KnownTask, TaskDetail } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { useKeys } from '../shell/keys.js'
import { StopDialog } from '../stops/stop-dialog.js'
import { StopProgress } from '../stops/stop-progress.js'
import { shownState } from '../tasks/derived.js'
import { Attempts } from './attempts.js'
import { ErrorBox } from './error-box.js'
import { Facts } from './facts.js'
import { LiteralBlock } from './literal-block.js'
import { LostNote } from './lost-note.js'
import { RawJson } from './raw-json.js'
import { TaskActions } from './task-actions.js'
import { Timeline } from './timeline.js'
import { Workflow } from './workflow.js'

/** One task: what happened, why it failed, and stopping it. */
export function TaskPage() {
  const { t } = useTranslation()
  const { taskId } = useParams({ from: '/tasks/$taskId' })
  const { data: task, error, refetch } = useTask(taskId)
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="sm" pb="md">
        <Anchor component={Link} to="/tasks" size="sm" style={{ alignSelf: 'flex-start' }}>
          ← {t('nav.tasks')}
        </Anchor>
        {task !== undefined && <Known task={task} />}
        {task === undefined && (error ? <Missing error={error} retry={() => void refetch()} /> : <Loading />)}
      </Stack>
    </div>
  )
}

function Known({ task }: { readonly task: TaskDetail }) {
  const [stopping, setStopping] = useState(false)
  const mayStop = useMay('tasks:stop')
  const stop = mayStop ? () => setStopping(true) : undefined
  useKeys(stop === undefined ? [] : [['s', stop]])
  const name = task.task_name ?? task.task_id
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} miw={0}>
          <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Title>
          <Group gap="xs">
            <StateBadge state={task.state} />
            {task.in_db && shownState(task) === 'lost' && <StateBadge state="lost" />}
            <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {task.task_id}
            </Text>
          </Group>
        </Stack>
        <TaskActions task={task} onStop={stop} />
      </Group>
      {task.in_db ? <Details task={task} /> : <OnlyBackend task={task} />}
      <RawJson value={task} />
      {stopping && <StopDialog taskId={task.task_id} taskName={name} onClose={() => setStopping(false)} />}
    </>
  )
}

function Details({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  return (
    <>
      <LostNote task={task} />
      <ErrorBox task={task} />
      {task.stop != null && <StopProgress id={task.stop.id} />}
      <Facts task={task} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        <Stack gap="sm" miw={0}>
          {task.payload_hidden && <HiddenPayload />}
          <LiteralBlock title={t('detail.args')} text={task.args} />
          <LiteralBlock title={t('detail.kwargs')} text={task.kwargs} />
          <LiteralBlock title={t('detail.result')} text={resultOf(task)} />
          <Attempts attempts={task.attempts} />
          <Workflow task={task} />
        </Stack>
        <Timeline task={task} />
      </SimpleGrid>
    </>
  )
}

/** As Python wrote it, else as the table holds it. */
function resultOf({ result, result_repr }: KnownTask): KnownTask['result_repr'] {
  if (result_repr !== null || result === null) return result_repr
  return { text: JSON.stringify(result, null, 2) }
}

function OnlyBackend({ task }: { readonly task: Extract<TaskDetail, { in_db: false }> }) {
  const { t } = useTranslation()
  return (
    <Alert variant="light" title={t('detail.onlyBackend')}>
      {task.payload_hidden ? t('payload.hidden') : task.error}
    </Alert>
  )
}

function Missing({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  const { t } = useTranslation()
  return (
    <>
      <Title order={1} size="h3">
        {t('detail.missing')}
      </Title>
      <Problem error={error} retry={retry} />
    </>
  )
}

function Loading() {
  return (
    <>
      <Skeleton height={32} width="60%" />
      <Skeleton height={60} />
      <Skeleton height={300} />
    </>
  )
}
