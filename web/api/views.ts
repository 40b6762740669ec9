import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client.js'
import type { View, Views } from './types.js'

export type ViewBody = Pick<View, 'name' | 'page' | 'query' | 'columns' | 'shared'>

export function useViews() {
  return useQuery({
    queryKey: ['views'],
    queryFn: ({ signal }) => get<Views>('api/views/', {}, signal),
    staleTime: 30_000,
  })
}

/** Saves a view: a new one, or over the one with that id. */
export function useSaveView() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: ViewBody & { readonly id?: string }) =>
      id === undefined ? send<View>('POST', 'api/views/', body) : send<View>('PUT', `api/views/${id}/`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['views'] }),
  })
}

export function useDeleteView() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => send<undefined>('DELETE', `api/views/${id}/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['views'] }),
  })
}
