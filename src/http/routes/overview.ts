import { Overviews } from '../../tasks/overview.js'
import { errorAnswer } from '../answers.js'
import { scopeOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { overviewAnswer } from '../overview-answer.js'
import { overviewQuery, toFilter } from '../parameters.js'
import { toOverview } from '../present-overview.js'

const defaultBuckets = 60

/** A window of time in numbers, for the overview page. */
export function overviewRoutes(app: App, { db, jobsTable, rollup, types }: Context): void {
  const overviews = new Overviews(db, jobsTable, rollup)

  app.get(
    '/api/tasks/overview/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'Counts, waiting and run times of a window of time',
        tags: ['tasks'],
        querystring: overviewQuery,
        response: { 200: overviewAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async (request) => {
      const { buckets = defaultBuckets } = request.query
      const filter = toFilter(request.query, scopeOf(request))
      return toOverview(await overviews.get({ filter, buckets }), types)
    },
  )
}
