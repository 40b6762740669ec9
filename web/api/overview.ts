import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { get, type Query } from './client.js'
import type { Overview } from './types.js'

/** What the overview shows of the tasks that match, in a window of time. */
export function useOverview(query: Query) {
  return useQuery({
    queryKey: ['overview', query],
    queryFn: ({ signal }) => get<Overview>('api/tasks/overview/', query, signal),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  })
}
