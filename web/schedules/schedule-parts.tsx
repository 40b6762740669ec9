import { Code, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Schedule } from '../api/types.js'
import { useNow } from '../components/now.js'
import { StateBadge } from '../components/state-badge.js'
import { Time, useExactTime } from '../components/time.js'
import classes from './schedules.module.css'
import { crontabInWords, spanInWords } from './words.js'

export interface ScheduleItemProps {
  readonly schedule: Schedule
}

/** Workers named before "… more". */
const mostWorkers = 3

/** Its name, what it is for, and where it is kept. */
export function ScheduleName({ schedule }: ScheduleItemProps) {
  const { t } = useTranslation()
  const { name, description, source, workers, worker_count: all } = schedule
  return (
    <div className={classes.name}>
      <Text size="sm" fw={500}>
        {name}
      </Text>
      {description !== null && <Text size="xs">{description}</Text>}
      <Text size="xs" c="dimmed">
        {source === 'django-celery-beat'
          ? source
          : t('schedules.settingsOf', { workers: workers.slice(0, mostWorkers).join(', ') })}
        {all > mostWorkers && ` ${t('schedules.more', { count: all - mostWorkers })}`}
      </Text>
    </div>
  )
}

/** The task, which leads to its runs, with what it is given. */
export function ScheduleTask({ schedule }: ScheduleItemProps) {
  const { t } = useTranslation()
  const { task, args, kwargs, queue, payload_hidden: hidden, shared_with: shared } = schedule
  const given = [args === '()' ? null : args, kwargs === '{}' ? null : kwargs].filter((each) => each !== null)
  return (
    <div className={classes.name}>
      {task !== null && (
        <Link to="/tasks" search={{ task_name: task }}>
          {task}
        </Link>
      )}
      {given.length > 0 && <Code className={classes.given}>{given.join(' ')}</Code>}
      {hidden === true && <Small text={t('schedules.hidden')} />}
      {queue !== null && <Small text={t('schedules.toQueue', { queue })} />}
      {shared > 0 && <Small text={t('schedules.shared', { count: shared })} />}
    </div>
  )
}

/** When it is due, in words. */
export function ScheduleWhen({ schedule: { when, one_off: once } }: ScheduleItemProps) {
  const { t, i18n } = useTranslation()
  const exact = useExactTime()
  switch (when.kind) {
    case 'interval': {
      const span = spanInWords(when.every, i18n.language)
      return (
        <>
          <Text size="sm">{t(when.about ? 'schedules.everyAbout' : 'schedules.every', { span })}</Text>
          {once && <Small text={t('schedules.once')} />}
        </>
      )
    }
    case 'crontab':
      return (
        <>
          <Text size="sm">{crontabInWords(when.crontab, i18n.language) ?? when.crontab}</Text>
          <Small text={[when.crontab, when.timezone ?? t('schedules.noZone')].join(' · ')} />
          {once && <Small text={t('schedules.once')} />}
        </>
      )
    case 'clocked':
      return <Text size="sm">{t('schedules.at', { time: exact(when.at) })}</Text>
    case 'solar':
      return (
        <>
          <Text size="sm">{t(`schedules.sun.${when.event}`, { defaultValue: when.event })}</Text>
          <Small text={t('schedules.place', { latitude: when.latitude, longitude: when.longitude })} />
        </>
      )
    case 'unreadable':
      return <Code className={classes.given}>{when.text}</Code>
  }
}

/** Whether it goes on, and what is missing. */
export function ScheduleStatus({ schedule: { status, missed, problem } }: ScheduleItemProps) {
  const { t } = useTranslation()
  return (
    <>
      <StateBadge state={missed === null ? `schedule_${status}` : 'schedule_missed'} />
      {missed !== null && (
        <Text size="xs" c="dimmed">
          {t(missed.more ? 'schedules.missedMore' : 'schedules.missed', { count: missed.count })}{' '}
          <Time at={missed.since} />
        </Text>
      )}
      {problem !== null && (
        <Text size="xs" className={classes.problem} lang="en">
          {problem}
        </Text>
      )}
    </>
  )
}

/** When it ran last, with its task where that is known. */
export function ScheduleLastRun({ schedule: { last_run: last } }: ScheduleItemProps) {
  const { t } = useTranslation()
  if (last === null) return <Small text={t('schedules.neverSeen')} />
  if (last.task_id === null) {
    return (
      <>
        <Time at={last.at} />
        <Small text={t('schedules.asBeatWrote')} />
      </>
    )
  }
  return (
    <>
      <Link to="/tasks/$taskId" params={{ taskId: last.task_id }}>
        <Time at={last.at} />
      </Link>
      {last.state !== null && (
        <div>
          <StateBadge state={last.state} />
        </div>
      )}
    </>
  )
}

/** When it is due next, or why nobody knows. */
export function ScheduleNextRun({ schedule }: ScheduleItemProps) {
  const { t } = useTranslation()
  const { next_run_at: next, no_next_run: why, problem } = schedule
  const now = useNow()
  if (next === null) return why === null || why === problem ? '–' : <Small text={why} lang="en" />
  return (
    <>
      {Date.parse(next) < now && `${t('schedules.due')} `}
      <Time at={next} />
    </>
  )
}

function Small({ text, lang }: { readonly text: string; readonly lang?: string }) {
  return (
    <Text size="xs" c="dimmed" {...(lang && { lang })}>
      {text}
    </Text>
  )
}
