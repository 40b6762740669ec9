import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Worker } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'
import { WorkerBadge } from './worker-badge.js'
import classes from './workers.module.css'

export interface WorkerItemProps {
  readonly worker: Worker
}

/** Queues named before "… more"; all of them are on the page of the worker. */
const mostQueues = 3

/** Its name, and what is odd about it. */
export function WorkerName({ worker: { name, name_is_shared, restarts } }: WorkerItemProps) {
  const { t } = useTranslation()
  return (
    <div className={classes.name}>
      <Link to="/workers/$name" params={{ name }}>
        {name}
      </Link>
      {name_is_shared && (
        <div>
          <StateBadge state="shared" />
        </div>
      )}
      {restarts > 0 && (
        <Text size="xs" c="dimmed">
          {t('workers.restarted', { count: restarts })}
        </Text>
      )}
    </div>
  )
}

/** Its status, with the reason where it is not simply there. */
export function WorkerStatus({ worker }: WorkerItemProps) {
  const { t } = useTranslation()
  return (
    <>
      <WorkerBadge status={worker.status} />
      {worker.reason_code !== 'heartbeats' && (
        <Text size="xs" c="dimmed">
          {t(`workers.because.${worker.reason_code}`, { defaultValue: worker.reason })}
        </Text>
      )}
    </>
  )
}

export function WorkerPool({ worker: { pool, processes, concurrency } }: WorkerItemProps) {
  const size = processes ?? concurrency
  if (pool === null) return '–'
  return (
    <>
      {pool}
      {size !== null && (
        <Text span size="xs" c="dimmed">
          {' '}
          × {size}
        </Text>
      )}
    </>
  )
}

export function WorkerQueues({ worker: { consuming } }: WorkerItemProps) {
  const { t } = useTranslation()
  const { queues, consumes } = consuming
  if (queues.length === 0) {
    return (
      <Text span size="xs" c="dimmed">
        {t(consumes === false ? 'workers.consumesNothing' : 'queues.unknown')}
      </Text>
    )
  }
  return (
    <span className={classes.name}>
      {queues.slice(0, mostQueues).map((queue) => (
        <span key={queue}>
          <Link to="/tasks" search={{ queue }}>
            {queue}
          </Link>{' '}
        </span>
      ))}
      {queues.length > mostQueues && t('queues.moreWorkers', { count: queues.length - mostQueues })}
    </span>
  )
}

/** How many tasks run there; they are a click away. */
export function WorkerActive({ worker: { name, active, status } }: WorkerItemProps) {
  const { t } = useTranslation()
  if (active === null || status === 'offline' || status === 'stopped') return '–'
  return (
    <Link
      to="/tasks"
      search={{ worker: name, state: 'STARTED,PROGRESS' }}
      aria-label={t('workers.running', { count: active, worker: name })}
    >
      {active}
    </Link>
  )
}
