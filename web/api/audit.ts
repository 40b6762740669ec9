import { useInfiniteQuery } from '@tanstack/react-query'
import { get, type Query } from './client.js'
import type { Audit } from './types.js'

const noCursor: string | undefined = undefined

/** Who did what, newest first, by cursor. */
export function useAudit(filters: Query) {
  return useInfiniteQuery({
    queryKey: ['audit', filters],
    queryFn: ({ pageParam, signal }) =>
      get<Audit>('api/audit/', { ...filters, limit: '50', cursor: pageParam }, signal),
    initialPageParam: noCursor,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
}
