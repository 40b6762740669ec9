import { useQuery } from '@tanstack/react-query'
import { get, type Query } from './client.js'
import { useMay } from './session.js'
import type { Schedules } from './types.js'

export function useSchedules(query: Query = {}) {
  return useQuery({
    queryKey: ['schedules', query],
    queryFn: ({ signal }) => get<Schedules>('api/schedules/', query, signal),
    refetchInterval: 5000,
    enabled: useMay('fleet:read'),
    // While another filter is answered, what was shown stays.
    placeholderData: (before) => before,
  })
}
