import { z } from 'zod'
import { needsAttention } from '../../schedules/schedules.js'
import { errorAnswer } from '../answers.js'
import { seesPayload } from '../caller.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { text } from '../parameters.js'
import { toScheduleAnswer, toSourcesAnswer } from '../present-schedule.js'
import { schedulesAnswer } from '../schedules-answer.js'

const schedulesQuery = z.object({
  search: text.describe('Part of a name or of the name of a task'),
  problem: z
    .enum(['true', 'false', ''], 'takes true or false')
    .transform((value) => value === 'true')
    .optional()
    .describe('true: only those with missed runs or another problem'),
})

/** What beat is to run, and whether it does. */
export function scheduleRoutes(app: App, { schedules, redactor }: Context): void {
  app.get(
    '/api/schedules/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: "Entries of beat: those of django-celery-beat's tables, and those in workers' settings",
        tags: ['schedules'],
        querystring: schedulesQuery,
        response: { 200: schedulesAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { search, problem } = request.query
      const list = await schedules.list()
      const mayPayload = seesPayload(request)
      const chosen = problem ? list.schedules.filter(needsAttention) : list.schedules
      return {
        schedules: chosen
          .map((schedule) => toScheduleAnswer(schedule, redactor, mayPayload))
          .filter((told) => matches(told, search)),
        total: list.schedules.length,
        attention: list.schedules.filter(needsAttention).length,
        sources: toSourcesAnswer(list),
        at: iso(list.at),
      }
    },
  )
}

/** In what is told only, so that nobody finds out by asking what is hidden. */
function matches({ name, task }: { name: string; task: string | null }, search: string | undefined): boolean {
  const part = search?.toLowerCase()
  return part === undefined || [name, task ?? ''].some((each) => each.toLowerCase().includes(part))
}
