import type { z } from 'zod'
import type { BeatSchedule } from '../celery/beat/entry.js'
import { argumentsRepr } from '../celery/python-repr.js'
import type { Redactor } from '../redaction/redactor.js'
import type { Schedule, ScheduleList } from '../schedules/schedules.js'
import { iso } from './iso.js'
import type { scheduleAnswer, schedulesAnswer } from './schedules-answer.js'

type Answer = z.output<typeof scheduleAnswer>

/** Workers named of one entry. */
const mostWorkers = 20

/** Without secrets; and without arguments for who may not see them. */
export function toScheduleAnswer(schedule: Schedule, redactor: Redactor, seesPayload: boolean): Answer {
  const { entry, missed, lastRun } = schedule
  const told = (value: unknown) => (seesPayload ? argumentsRepr(redactor.json(value)) : null)
  return {
    name: nameOf(schedule, redactor, seesPayload),
    task: entry.task,
    source: schedule.source,
    workers: schedule.workers.slice(0, mostWorkers),
    worker_count: schedule.workers.length,
    status: schedule.status,
    when: whenOf(entry.schedule, schedule.timezone, redactor),
    one_off: entry.oneOff,
    starts_at: iso(entry.startsAt),
    expires_at: iso(entry.expiresAt),
    queue: entry.queue,
    args: told(entry.args),
    kwargs: told(entry.kwargs),
    ...(!seesPayload && { payload_hidden: true }),
    description: entry.description && redactor.text(entry.description),
    last_run: lastRun && {
      at: iso(lastRun.at),
      source: lastRun.source,
      task_id: lastRun.task?.taskId ?? null,
      state: lastRun.task?.state ?? null,
    },
    next_run_at: iso(schedule.nextRunAt),
    no_next_run: schedule.whyNoNext && redactor.text(schedule.whyNoNext),
    missed: missed && { ...missed, since: iso(missed.since) },
    shared_with: schedule.sharedWith,
    problem: schedule.problem && redactor.text(schedule.problem),
  }
}

/** What nobody named is called by its call, with its arguments (`add_periodic_task`). */
function nameOf({ entry: { name, task } }: Schedule, redactor: Redactor, seesPayload: boolean): string {
  if (!seesPayload && task !== null && name.startsWith(`${task}(`)) return `${task}(…)`
  return redactor.text(name)
}

function whenOf(schedule: BeatSchedule, timezone: string | null, redactor: Redactor): Answer['when'] {
  switch (schedule.kind) {
    case 'crontab': {
      const { minute, hour, dayOfMonth, monthOfYear, dayOfWeek } = schedule.fields
      const crontab = [minute, hour, dayOfMonth, monthOfYear, dayOfWeek].join(' ')
      return { kind: 'crontab', crontab, timezone }
    }
    case 'clocked':
      return { kind: 'clocked', at: iso(schedule.at) }
    case 'unreadable':
      return { kind: 'unreadable', text: redactor.text(schedule.text) }
    default:
      return schedule
  }
}

export function toSourcesAnswer({ tables, conf }: ScheduleList): z.output<typeof schedulesAnswer>['sources'] {
  return {
    tables: {
      state: tables.state,
      database: tables.maskedUrl,
      problem: tables.problem,
      more: tables.more,
    },
    workers: {
      asked_at: iso(conf.askedAt),
      asked: conf.asked,
      silent: [...conf.silent],
      unasked: conf.unasked,
      problem: conf.problem,
    },
  }
}
