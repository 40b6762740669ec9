import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { openStatuses } from '../../src/stops/stop.js'
import { get, type Query, send } from './client.js'
import type { Batch, DryRun, Preview, Stop, StopPage, Stopped } from './types.js'

const noCursor: string | undefined = undefined

export function isOpen({ status }: Pick<Stop, 'status'>): boolean {
  return openStatuses.some((open) => open === status)
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
    mutationFn: (order: StopOrder) =>
      send<Stopped>('POST', `api/tasks/${encodeURIComponent(taskId)}/stop/`, order),
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
    mutationFn: (id: string) => send<Stop>('POST', `api/stops/${id}/cancel/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['stops'] }),
  })
}

export function useStops(filters: Query) {
  return useInfiniteQuery({
    queryKey: ['stops', filters],
    queryFn: ({ pageParam, signal }) =>
      get<StopPage>('api/stops/', { ...filters, limit: '50', cursor: pageParam }, signal),
    initialPageParam: noCursor,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 3000,
  })
}

/** Which tasks: those of a filter of the list, or these. */
export type Selection = { readonly filter: Query } | { readonly task_ids: readonly string[] }

/** How many tasks a stop of these would be, where they run, and how many can't be terminated. */
export function useDryRun(selection: Selection, hard: boolean) {
  return useQuery({
    queryKey: ['dry-run', selection, hard],
    queryFn: () => send<DryRun>('POST', 'api/tasks/stop/', { ...selection, hard, dry_run: true }),
  })
}

export function useStopMany(selection: Selection) {
  return useMutation({
    mutationFn: (order: StopOrder & { readonly expected: object }) =>
      send<Batch>('POST', 'api/tasks/stop/', { ...selection, ...order }),
  })
}

/** Follows a batch until every stop in it has an outcome. */
export function useBatch(id: string | undefined) {
  return useQuery({
    queryKey: ['batch', id],
    queryFn: ({ signal }) => get<Batch>(`api/stop-batches/${id}/`, {}, signal),
    enabled: id !== undefined,
    refetchInterval: ({ state }) =>
      state.data?.status === 'done' || state.data?.status === 'cancelled' ? false : 1000,
  })
}

export function useBatches() {
  return useQuery({
    queryKey: ['batches'],
    queryFn: ({ signal }) => get<{ batches: Batch[] }>('api/stop-batches/', {}, signal),
    refetchInterval: 3000,
  })
}

export function useCancelBatch() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => send<Batch>('POST', `api/stop-batches/${id}/cancel/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['batch'] }),
  })
}
