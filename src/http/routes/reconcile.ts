import { z } from 'zod'
import type { Gap } from '../../reconcile/gaps.js'
import type { Report } from '../../reconcile/report.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { wholeNumber } from '../parameters.js'
import { gapsAnswer, reconcileAnswer } from '../reconcile-answer.js'

const defaultGaps = 50

/** Comparing with what Celery knows, now; and the gaps in what was heard. */
export function reconcileRoutes(app: App, { reconciling, gaps }: Context): void {
  app.post(
    '/api/reconcile/',
    {
      config: { access: 'tasks:reconcile', audit: { action: 'reconcile.run' } },
      schema: {
        summary: 'Compare unfinished tasks with what Celery knows, now; joins a run that is under way',
        tags: ['operations'],
        response: { 200: reconcileAnswer, 503: errorAnswer },
      },
    },
    async () => toReport(await reconciling.run()),
  )

  app.get(
    '/api/gaps/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'When events could not be heard, and what was repaired afterwards',
        tags: ['operations'],
        querystring: z.object({ limit: wholeNumber(1, 1000).describe('Default 50') }),
        response: { 200: gapsAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => ({ gaps: (await gaps.latest(query.limit ?? defaultGaps)).map(toGap) }),
  )
}

function toReport(report: Report): z.output<typeof reconcileAnswer> {
  return {
    started_at: iso(report.startedAt),
    took: report.took,
    checked: report.checked,
    healed: { ...report.healed },
    added: report.added,
    lost: report.lost,
    suspected: report.suspected,
    found_again: report.foundAgain,
    given_up: report.givenUp,
    unanswered: report.unanswered,
    silent_workers: [...report.silentWorkers],
    problems: [...report.problems],
    more: report.more,
  }
}

function toGap({ id, kind, began, ended, count, lossy, note, repaired }: Gap) {
  return {
    id,
    kind,
    began_at: iso(began),
    ended_at: iso(ended),
    seconds: Math.max(0, (ended.getTime() - began.getTime()) / 1000),
    count,
    lossy,
    note,
    repaired: { healed: repaired.healed, added: repaired.added, lost: repaired.lost, at: iso(repaired.at) },
  }
}
