import { Paper, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { WorkerDetail } from '../api/types.js'
import { Time } from '../components/time.js'
import classes from './worker.module.css'

interface HeldTasksProps {
  readonly title: string
  readonly held: WorkerDetail['active_tasks']
}

/** Tasks that a worker says it has, each a link. */
export function HeldTasks({ title, held }: HeldTasksProps) {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed" mb={4} component="h2" fw={400}>
        {title}
        {held !== null && (
          <>
            {' '}
            ({held.total}, {t('worker.asOf')} <Time at={held.at} />)
          </>
        )}
      </Text>
      {(held === null || held.total === 0) && (
        <Text size="sm">{t(held === null ? 'worker.untold' : 'worker.nothing')}</Text>
      )}
      <ul className={classes.tasks}>
        {held?.tasks.map(({ id, name, queue, started_at, eta }) => (
          <li key={id}>
            <Link to="/tasks/$taskId" params={{ taskId: id }}>
              {name ?? id}
            </Link>{' '}
            <Text span size="xs" c="dimmed">
              <span className={classes.id}>{id.slice(0, 13)}</span>
              {queue !== null && ` · ${queue}`}
              {started_at !== null && (
                <>
                  {' · '}
                  <Time at={started_at} />
                </>
              )}
              {eta !== null && (
                <>
                  {' · '}
                  {t('worker.due')} <Time at={eta} />
                </>
              )}
            </Text>
          </li>
        ))}
      </ul>
      {held !== null && held.total > held.tasks.length && (
        <Text size="xs" c="dimmed">
          {t('worker.more', { shown: held.tasks.length, count: held.total })}
        </Text>
      )}
    </Paper>
  )
}
