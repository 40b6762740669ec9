import { Checkbox, Group, Paper, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Time } from '../components/time.js'
import { WorkerActive, WorkerName, WorkerPool, WorkerQueues, WorkerStatus } from './worker-parts.js'
import type { SelectableProps } from './worker-row.js'

/** One worker on a narrow screen. */
export function WorkerCard({ worker, selected, select }: SelectableProps) {
  const { t, i18n } = useTranslation()
  const { name, processed, loadavg } = worker
  const facts = [
    ['queues', <WorkerQueues key="queues" worker={worker} />],
    ['pool', <WorkerPool key="pool" worker={worker} />],
    ['active', <WorkerActive key="active" worker={worker} />],
    ['processed', processed?.toLocaleString(i18n.language)],
    ['load', loadavg?.[0]?.toFixed(2)],
    ['seen', <Time key="seen" at={worker.last_seen_at} />],
  ] as const
  return (
    <Paper withBorder p="xs" component="li">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <WorkerName worker={worker} />
          <Checkbox
            aria-label={t('select.one', { name })}
            checked={selected}
            onChange={(event) => select(event.currentTarget.checked)}
          />
        </Group>
        <div>
          <WorkerStatus worker={worker} />
        </div>
        <Group gap="0.25rem 1.25rem">
          {facts.map(([fact, value]) => (
            <div key={fact}>
              <Text size="xs" c="dimmed">
                {t(`workers.${fact}`)}
              </Text>
              <Text size="sm" component="div">
                {value ?? '–'}
              </Text>
            </div>
          ))}
        </Group>
      </Stack>
    </Paper>
  )
}
