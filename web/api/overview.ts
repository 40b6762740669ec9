import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get, type Query } from './client.js'
import type { Overview } from './types.js'

const leastPauseMs = 10_000
/** Times the last answer took: a window of millions of tasks must not keep the database busy. */
const restPerWork = 20

/** What the overview shows of the tasks that match, in a window of time. */
export function useOverview(query: Query) {
  return useQuery({
    queryKey: ['overview', query],
    queryFn: async ({ signal }) => {
      const begun = performance.now()
      const overview = await get<Overview>('api/tasks/overview/', query, signal)
      return { ...overview, tookMs: performance.now() - begun }
    },
    refetchInterval: ({ state }) => Math.max(leastPauseMs, restPerWork * (state.data?.tookMs ?? 0)),
    placeholderData: keepPreviousData,
  })
}
