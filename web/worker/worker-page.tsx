import { Alert, Anchor, Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { WorkerCommandName } from '../../src/celery/worker-commands.js'
import { useMay } from '../api/session.js'
import type { WorkerDetail } from '../api/types.js'
import { useWorker } from '../api/workers.js'
import { IconPlayerStop } from '../components/icons.js'
import { Problem } from '../components/problem.js'
import { duration } from '../components/time.js'
import { RawJson } from '../task/raw-json.js'
import { ControlDialog } from '../workers/control-dialog.js'
import { WorkerBadge } from '../workers/worker-badge.js'
import { Configuration } from './configuration.js'
import { Facts } from './facts.js'
import { HeldTasks } from './held-tasks.js'
import { ConsumedQueues, TaskNames } from './names.js'
import { Signs } from './signs.js'

/** One worker: whether it is there, what it does, how it is set up, and commands to it. */
export function WorkerPage() {
  const { t } = useTranslation()
  const { name } = useParams({ from: '/workers/$name' })
  const { data: worker, error, refetch } = useWorker(name)
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="sm" pb="md">
        <Anchor component={Link} to="/workers" size="sm" style={{ alignSelf: 'flex-start' }}>
          ← {t('nav.workers')}
        </Anchor>
        {worker === undefined && error && (
          <>
            <Title order={1} size="h3">
              {t('worker.missing')}
            </Title>
            <Problem error={error} retry={() => void refetch()} />
          </>
        )}
        {worker === undefined && !error && <Skeleton height={400} />}
        {worker !== undefined && <Known worker={worker} />}
      </Stack>
    </div>
  )
}

function Known({ worker }: { readonly worker: WorkerDetail }) {
  const { t } = useTranslation()
  const [command, setCommand] = useState<WorkerCommandName>()
  const mayControl = useMay('workers:control')
  const gone = worker.status === 'stopped' || worker.status === 'offline'
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} miw={0}>
          <Title order={1} size="h3" style={{ overflowWrap: 'anywhere' }}>
            {worker.name}
          </Title>
          <Group gap="xs">
            <WorkerBadge status={worker.status} />
            {worker.reason_code !== 'heartbeats' && (
              <Text size="sm">
                {t(`workers.because.${worker.reason_code}`, { defaultValue: worker.reason })}
              </Text>
            )}
            <Link to="/tasks" search={{ worker: worker.name }}>
              {t('worker.tasks')}
            </Link>
          </Group>
        </Stack>
        {!gone && mayControl && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setCommand('ping')}>
              {t('control.open')}
            </Button>
            <Button
              size="xs"
              color="red"
              leftSection={<IconPlayerStop size={14} />}
              onClick={() => setCommand('shutdown')}
            >
              {t('control.name.shutdown')}…
            </Button>
          </Group>
        )}
      </Group>
      <Notes worker={worker} gone={gone} />
      <Signs worker={worker} />
      <Facts worker={worker} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        <Stack gap="sm" miw={0}>
          <HeldTasks title={t('worker.runs')} held={worker.active_tasks} />
          <HeldTasks title={t('worker.waits')} held={worker.reserved_tasks} />
          <HeldTasks title={t('worker.scheduled')} held={worker.scheduled_tasks} />
        </Stack>
        <Stack gap="sm" miw={0}>
          <ConsumedQueues worker={worker} />
          <TaskNames worker={worker} />
        </Stack>
      </SimpleGrid>
      <Configuration settings={worker.settings} />
      <RawJson value={worker} />
      {command !== undefined && (
        <ControlDialog
          workers={[worker.name]}
          command={command}
          abilities={worker.commands}
          onClose={() => setCommand(undefined)}
        />
      )}
    </>
  )
}

/** What should not be missed, and what is not known. */
function Notes({ worker, gone }: { readonly worker: WorkerDetail; readonly gone: boolean }) {
  const { t, i18n } = useTranslation()
  const { name_is_shared: shared, takes_nothing, clock_skew: skew, answered, problem } = worker
  const warnings = [
    ...(shared ? [t('worker.shared')] : []),
    ...(takes_nothing ? [t('worker.takesNothing')] : []),
    ...(skew === null ? [] : [t('worker.skew', { skew: duration(Math.abs(skew), i18n.language) })]),
  ]
  const untold = gone ? t('worker.gone') : answered ? undefined : (problem ?? t('worker.unanswered'))
  return (
    <>
      {warnings.length > 0 && (
        <Alert variant="light" color="yellow" p="xs">
          {warnings.map((warning) => (
            <Text key={warning} size="sm">
              {warning}
            </Text>
          ))}
        </Alert>
      )}
      {untold !== undefined && (
        <Text size="sm" c="dimmed">
          {untold}
        </Text>
      )}
    </>
  )
}
