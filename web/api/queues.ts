import { useQuery } from '@tanstack/react-query'
import { get } from './client.js'
import type { Queues } from './types.js'

export function useQueues() {
  return useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => get<Queues>('api/queues/', {}, signal),
    refetchInterval: 3000,
  })
}
