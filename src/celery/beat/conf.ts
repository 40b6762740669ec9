import type { Broker } from '../broker.js'
import { type Ask, confWithDefaults } from '../control.js'
import { isPlainObject } from '../json-value.js'
import { maskSettings } from '../mask-settings.js'
import { record, type Settings, textOrNull } from '../reply-values.js'
import { type BeatEntry, plainEntry } from './entry.js'
import { readSchedule } from './schedule-repr.js'

/** What a worker's settings say of beat, which goes by the same where it has the same settings. */
export interface BeatSettings {
  readonly worker: string
  readonly entries: readonly BeatEntry[]
  /** In which crontabs are meant; null where it is that of the machine. */
  readonly timezone: string | null
}

/** Asks workers for the schedule in their settings (`beat_schedule`, and what `add_periodic_task` added). */
export async function beatSettings(broker: Broker, ask: Ask): Promise<BeatSettings[]> {
  const told = await confWithDefaults(broker, ask)
  return told.map(({ worker, settings }) => ({
    worker,
    entries: Object.entries(record(settings.beat_schedule)).map(readEntry),
    timezone: timezoneOf(settings),
  }))
}

function readEntry([name, told]: [string, unknown]): BeatEntry {
  if (!isPlainObject(told)) {
    const schedule = { kind: 'unreadable', text: String(told) } as const
    return { ...plainEntry, name, task: null, schedule, problem: 'The entry can not be read.' }
  }
  const { task, schedule, args, kwargs, options } = maskSettings(told)
  return {
    ...plainEntry,
    name,
    task: textOrNull(task),
    schedule: readSchedule(schedule),
    args: args ?? plainEntry.args,
    kwargs: kwargs ?? plainEntry.kwargs,
    queue: textOrNull(record(options).queue),
    problem: typeof task === 'string' ? null : 'The entry names no task.',
  }
}

/** As `Celery.timezone`. An object of Python comes as its text: `zoneinfo.ZoneInfo(key='Europe/Lisbon')`. */
function timezoneOf({ timezone, enable_utc: utc }: Settings): string | null {
  const name = textOrNull(timezone)
  if (name === null || name === '') return utc === false ? null : 'UTC'
  return (
    /^zoneinfo\.ZoneInfo\(key='([^']+)'\)$/.exec(name)?.[1] ?? /^<\w*TzInfo '([^']+)'/.exec(name)?.[1] ?? name
  )
}
