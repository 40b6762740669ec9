import { Paper, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { WorkerDetail } from '../api/types.js'
import workerClasses from '../workers/workers.module.css'
import classes from './worker.module.css'

interface WorkerProps {
  readonly worker: WorkerDetail
}

/** The queues that it takes tasks from, and how many wait there. */
export function ConsumedQueues({ worker: { queues } }: WorkerProps) {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed" mb={4} component="h2" fw={400}>
        {t('workers.queues')}
      </Text>
      {(queues === null || queues.length === 0) && (
        <Text size="sm">{t(queues === null ? 'worker.untold' : 'worker.nothing')}</Text>
      )}
      <ul className={classes.tasks}>
        {queues?.map(({ name, waiting }) => (
          <li key={name}>
            <Link to="/tasks" search={{ queue: name }}>
              {name}
            </Link>{' '}
            {waiting !== null && (
              <Text span size="xs" c="dimmed">
                {t('worker.waiting', { count: waiting })}
              </Text>
            )}
          </li>
        ))}
      </ul>
    </Paper>
  )
}

/** The tasks that it can run, and how many of each it started. */
export function TaskNames({ worker: { registered, started_by_name: counts } }: WorkerProps) {
  const { t, i18n } = useTranslation()
  const started = Object.entries(counts ?? {}).sort(([, one], [, other]) => other - one)
  return (
    <Paper withBorder p="xs">
      {started.length > 0 && (
        <Table verticalSpacing={5} fz="xs" mb="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th fw={400} c="dimmed">
                {t('worker.counted')}
              </Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {started.map(([name, count]) => (
              <Table.Tr key={name}>
                <Table.Td className={workerClasses.name}>
                  <Link to="/tasks" search={{ task_name: name }}>
                    {name}
                  </Link>
                </Table.Td>
                <Table.Td ta="right">{count.toLocaleString(i18n.language)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {registered === null ? (
        <Text size="sm">{t('worker.untold')}</Text>
      ) : (
        <details>
          <summary className={classes.summary}>
            {t('worker.registered', { count: registered.length })}
          </summary>
          <ul className={workerClasses.names}>
            {registered.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </details>
      )}
    </Paper>
  )
}
