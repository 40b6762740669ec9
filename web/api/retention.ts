import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client.js'
import type { Retention, RetentionDryRun, RetentionRun, Storage } from './types.js'

/** Milliseconds between two looks, while a run goes on and else. */
const busyMs = 1000
const idleMs = 30_000

/** The rules, and the latest runs. */
export function useRetention() {
  return useQuery({
    queryKey: ['retention'],
    queryFn: ({ signal }) => get<Retention>('api/retention/', {}, signal),
    refetchInterval: ({ state }) => (state.data?.runs[0]?.ended_at === null ? busyMs : idleMs),
  })
}

/** Sizes, growth and forecast. */
export function useStorage() {
  return useQuery({
    queryKey: ['storage'],
    queryFn: ({ signal }) => get<Storage>('api/retention/storage/', {}, signal),
  })
}

/** Counts what would be deleted. Asked for by hand: it reads much. */
export function useRetentionDryRun() {
  return useMutation({ mutationFn: () => get<RetentionDryRun>('api/retention/dry-run/') })
}

export function useRunRetention() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => send<RetentionRun>('POST', 'api/retention/run/'),
    onSettled: () => client.invalidateQueries({ queryKey: ['retention'] }),
  })
}
