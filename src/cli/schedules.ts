import type { Command } from 'commander'
import type { z } from 'zod'
import { schedulesAnswer } from '../http/schedules-answer.js'
import { call, queryOf } from './client.js'
import { addClientOptions, type ClientOptions, printJson, printTable, withProgress } from './output.js'

type Answer = z.output<typeof schedulesAnswer>
type Schedule = Answer['schedules'][number]

interface ListOptions extends ClientOptions {
  readonly search?: string
  readonly problem?: boolean
}

export function addSchedules(program: Command): void {
  addClientOptions(program.command('schedules'))
    .description('List what beat is to run: last and next run, and what was missed')
    .option('--search <text>', 'part of a name or of the name of a task')
    .option('--problem', 'only those with missed runs or another problem')
    .action(list)
}

async function list({ url, json, search, problem }: ListOptions): Promise<void> {
  const query = queryOf({ search, problem: problem === true ? 'true' : undefined })
  const answer = await withProgress('listing', call(url, `/api/schedules/?${query}`, schedulesAnswer))
  if (json) {
    printJson(answer)
    return
  }
  printTable(
    ['entry', 'task', 'when', 'status', 'last run', 'next run', 'why'],
    answer.schedules.map((schedule) => [
      schedule.name,
      schedule.task,
      whenInWords(schedule.when),
      statusOf(schedule),
      schedule.last_run?.at ?? null,
      schedule.next_run_at,
      schedule.problem ?? schedule.no_next_run,
    ]),
  )
  console.log(`${answer.schedules.length} of ${answer.total}, ${answer.attention} with a problem`)
  for (const note of notesOf(answer)) console.log(note)
}

function whenInWords(when: Schedule['when']): string {
  switch (when.kind) {
    case 'interval':
      return `${when.about ? 'about ' : ''}every ${when.every} s`
    case 'crontab':
      return `${when.crontab} (${when.timezone ?? 'unknown time zone'})`
    case 'clocked':
      return `once, ${when.at}`
    case 'solar':
      return `${when.event} at ${when.latitude}, ${when.longitude}`
    case 'unreadable':
      return when.text
  }
}

function statusOf({ status, missed }: Schedule): string {
  if (missed === null) return status
  return `missed ${missed.more ? 'more than ' : ''}${missed.count} since ${missed.since}`
}

/** What could not be read. */
function notesOf({ total, sources: { tables, workers } }: Answer): string[] {
  const isMissed = tables.state === 'unreadable' || total === 0
  return [
    ...(isMissed && tables.problem !== null ? [tables.problem] : []),
    ...(workers.problem === null ? [] : [workers.problem]),
    ...(total === 0 && workers.asked === 0 ? ['No worker is online that could tell its beat_schedule.'] : []),
    ...(workers.silent.length === 0 ? [] : [`No answer from ${workers.silent.join(', ')}.`]),
  ]
}
