import { useQuery } from '@tanstack/react-query'
import { get } from './client.js'
import { useMay } from './session.js'
import type { Gaps } from './types.js'

/** The latest gaps in what was heard. */
export function useGaps(limit: number) {
  return useQuery({
    queryKey: ['gaps', limit],
    queryFn: ({ signal }) => get<Gaps>('api/gaps/', { limit: String(limit) }, signal),
    enabled: useMay('fleet:read'),
    refetchInterval: 10_000,
  })
}
