import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send, urlOf } from './client.js'
import type { Messages, Purge, PurgePreview, QueueDetail, Queues } from './types.js'

const pathOf = (name: string) => `api/queues/${encodeURIComponent(name)}/`

export function useQueues() {
  return useQuery({
    queryKey: ['queues'],
    queryFn: ({ signal }) => get<Queues>('api/queues/', {}, signal),
    refetchInterval: 3000,
  })
}

export function useQueue(name: string) {
  return useQuery({
    queryKey: ['queue', name],
    queryFn: ({ signal }) => get<QueueDetail>(pathOf(name), {}, signal),
    refetchInterval: 3000,
  })
}

export type PeekFrom = Messages['from']

/** Asked for each time: on RabbitMQ a look leaves a trace. */
export function usePeek(name: string) {
  return useMutation({
    mutationFn: (from: PeekFrom) => get<Messages>(`${pathOf(name)}messages/`, { from, limit: '50' }),
  })
}

/** How many messages a purge would delete now. */
export function usePurgePreview(name: string) {
  return useQuery({
    queryKey: ['purge-preview', name],
    queryFn: () => send<PurgePreview>('POST', `${pathOf(name)}purge/`, { dry_run: true }),
    refetchInterval: 3000,
  })
}

export function usePurge(name: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: { readonly confirm: string; readonly reason?: string }) =>
      send<Purge>('POST', `${pathOf(name)}purge/`, order),
    onSettled: () => client.invalidateQueries({ queryKey: ['queue', name] }),
  })
}

export function exportUrl(purge: Pick<Purge, 'id'>): string {
  return urlOf(`api/purges/${purge.id}/export/`)
}
