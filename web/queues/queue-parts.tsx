import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import type { Queue } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'
import { type Count, countOf, isConsumed, statesBehind } from './counts.js'
import classes from './queues-page.module.css'

export interface QueueItemProps {
  readonly queue: Queue
  /** Some worker has not said what it consumes. */
  readonly anySilent: boolean
}

/** One of the list. */
export interface ListedQueueProps extends QueueItemProps {
  /** RabbitMQ tells of some queue what workers hold. */
  readonly withHeld: boolean
}

/** Named before "… more"; all of them are on the page of the workers. */
const mostWorkers = 5

/** Its name, and below it why it could not be read. */
export function QueueName({ queue: { name, error } }: Pick<QueueItemProps, 'queue'>) {
  return (
    <div className={classes.name}>
      <Link to="/queues/$name" params={{ name }}>
        {name}
      </Link>
      {error !== null && (
        <Text size="xs" className={classes.error} lang="en">
          {error}
        </Text>
      )}
    </div>
  )
}

/** One number; the tasks behind it are a click away. */
export function QueueCount({ queue, count }: Pick<QueueItemProps, 'queue'> & { readonly count: Count }) {
  const { t, i18n } = useTranslation()
  const value = countOf(queue, count)
  if (value === null) {
    return (
      <Text span size="xs" c="dimmed">
        {t('queues.unknown')}
      </Text>
    )
  }
  const number = value.toLocaleString(i18n.language)
  return (
    <Link
      to="/tasks"
      search={{ queue: queue.name, state: statesBehind[count].join(',') }}
      aria-label={t(`queues.in.${count}`, { number, queue: queue.name })}
    >
      {number}
    </Link>
  )
}

/** What workers took and have not acknowledged. */
export function Unacknowledged({ queue: { unacknowledged } }: Pick<QueueItemProps, 'queue'>) {
  const { t, i18n } = useTranslation()
  if (unacknowledged !== null) return <>{unacknowledged.toLocaleString(i18n.language)}</>
  return (
    <Text span size="xs" c="dimmed">
      {t('queues.unknown')}
    </Text>
  )
}

/** Who takes tasks from it, with a warning where tasks wait for nobody. */
export function QueueConsumers({ queue, anySilent }: QueueItemProps) {
  const { t } = useTranslation()
  const { workers, consumers, waiting } = queue
  const consumed = isConsumed(queue, anySilent)
  if (consumed === false && waiting !== null && waiting > 0) return <StateBadge state="unconsumed" />
  if (workers.length === 0) {
    const text = consumed === true ? t('queues.counted', { count: consumers ?? 0 }) : undefined
    return (
      <Text span size="xs" c="dimmed">
        {text ?? t(consumed === null ? 'queues.unknown' : 'queues.nobody')}
      </Text>
    )
  }
  return (
    <span className={classes.workers}>
      {workers.slice(0, mostWorkers).map((worker) => (
        <Fragment key={worker}>
          <Link to="/tasks" search={{ worker }}>
            {worker}
          </Link>{' '}
        </Fragment>
      ))}
      {workers.length > mostWorkers && (
        <Link to="/workers">{t('queues.moreWorkers', { count: workers.length - mostWorkers })}</Link>
      )}
    </span>
  )
}
