import { useQuery } from '@tanstack/react-query'
import { get } from './client.js'
import { useMay } from './session.js'
import type { Workers } from './types.js'

export function useWorkers() {
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => get<Workers>('api/workers/', {}, signal),
    refetchInterval: 3000,
    enabled: useMay('fleet:read'),
  })
}
