import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { WorkerCommandName } from '../../src/celery/worker-commands.js'
import { get, type Query, send } from './client.js'
import { useMay } from './session.js'
import type { ControlAnswer, WorkerDetail, Workers } from './types.js'

export function useWorkers(query: Query = {}) {
  return useQuery({
    queryKey: ['workers', query],
    queryFn: ({ signal }) => get<Workers>('api/workers/', query, signal),
    refetchInterval: 3000,
    enabled: useMay('fleet:read'),
    // While another filter is answered, what was shown stays.
    placeholderData: (before) => before,
  })
}

export function useWorker(name: string) {
  return useQuery({
    queryKey: ['worker', name],
    queryFn: ({ signal }) => get<WorkerDetail>(`api/workers/${encodeURIComponent(name)}/`, {}, signal),
    refetchInterval: 3000,
    enabled: useMay('fleet:read'),
  })
}

export interface ControlOrder {
  readonly command: WorkerCommandName
  readonly workers: readonly string[]
}

/** Gives workers a command; its arguments stand beside it, under the API's names. */
export function useControl() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: ControlOrder) => send<ControlAnswer>('POST', 'api/workers/control/', order),
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ['workers'] })
      await client.invalidateQueries({ queryKey: ['worker'] })
    },
  })
}
