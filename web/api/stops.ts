import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, post } from './client.js'
import type { Preview, Stop, StopPage, Stopped, Worker } from './types.js'

const open = new Set(['requested', 'sent', 'armed'])

export function isOpen({ status }: Pick<Stop, 'status'>): boolean {
  return open.has(status)
}

export function usePreview(taskId: string) {
  return useQuery({
    queryKey: ['preview', taskId],
    queryFn: ({ signal }) =>
      get<Preview>(`api/tasks/${encodeURIComponent(taskId)}/stop-preview/`, {}, signal),
    refetchInterval: 3000,
  })
}

export interface StopOrder {
  readonly hard: boolean
  readonly reason?: string
}

export function useStopTask(taskId: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: StopOrder) => post<Stopped>(`api/tasks/${encodeURIComponent(taskId)}/stop/`, order),
    onSettled: () => client.invalidateQueries({ queryKey: ['task', taskId] }),
  })
}

/** Follows a stop until its outcome is known. */
export function useStop(id: string | undefined) {
  return useQuery({
    queryKey: ['stop', id],
    queryFn: ({ signal }) => get<Stop>(`api/stops/${id}/`, {}, signal),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => (state.data !== undefined && !isOpen(state.data) ? false : 1000),
  })
}

export function useCancelStop() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => post<Stop>(`api/stops/${id}/cancel/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['stops'] }),
  })
}

export function useStops(status: string | undefined) {
  return useInfiniteQuery({
    queryKey: ['stops', status],
    queryFn: ({ pageParam, signal }) =>
      get<StopPage>('api/stops/', { status, limit: '50', cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 3000,
  })
}

export function useWorkers() {
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => get<{ workers: Worker[] }>('api/workers/', {}, signal),
    refetchInterval: 3000,
  })
}
