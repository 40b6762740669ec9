import { Overviews } from '../../tasks/overview.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'
import { overviewAnswer } from '../overview-answer.js'
import { overviewQuery, toFilter } from '../parameters.js'
import { toOverview } from '../present-overview.js'

const defaultBuckets = 60

/** A window of time in numbers, for the overview page. */
export function overviewRoutes(app: App, { db, jobsTable, types }: Context): void {
  const overviews = new Overviews(db, jobsTable)

  app.get(
    '/api/tasks/overview/',
    {
      schema: {
        summary: 'Counts, waiting and run times of a window of time',
        tags: ['tasks'],
        querystring: overviewQuery,
        response: { 200: overviewAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => {
      const { buckets = defaultBuckets } = query
      return toOverview(await overviews.get({ filter: toFilter(query), buckets }), types)
    },
  )
}
