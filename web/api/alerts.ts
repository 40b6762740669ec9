import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client.js'
import { useMay } from './session.js'
import type { Alerts, Delivery, Rule, Rules, RuleTest } from './types.js'

export interface RuleOrder {
  readonly name: string
  /** As the API takes it; it says what is wrong with it. */
  readonly condition: object
  readonly fires_after: number
  readonly resolves_after: number
  readonly channels: readonly string[]
  readonly enabled: boolean
}

/** Those that fire, or those that are over. */
export function useAlerts(state: 'firing' | 'ended') {
  return useInfiniteQuery({
    queryKey: ['alerts', state],
    queryFn: ({ pageParam, signal }) =>
      get<Alerts>('api/alerts/', { state, limit: '50', cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    refetchInterval: 5000,
    enabled: useMay('fleet:read'),
  })
}

export function useRules() {
  return useQuery({
    queryKey: ['alert-rules'],
    queryFn: ({ signal }) => get<Rules>('api/alert-rules/', {}, signal),
    refetchInterval: 5000,
    enabled: useMay('fleet:read'),
  })
}

/** Makes a rule, or replaces the one of that id. */
export function useSaveRule(id: string | undefined) {
  const settled = useRulesChanged()
  return useMutation({
    mutationFn: (order: RuleOrder) =>
      id === undefined
        ? send<Rule>('POST', 'api/alert-rules/', order)
        : send<Rule>('PUT', `api/alert-rules/${id}/`, order),
    onSettled: settled,
  })
}

export function useDeleteRule() {
  const settled = useRulesChanged()
  return useMutation({
    mutationFn: (id: string) => send<undefined>('DELETE', `api/alert-rules/${id}/`),
    onSettled: settled,
  })
}

/** Until when nobody is told; null ends that. */
export function useMuteRule() {
  const settled = useRulesChanged()
  return useMutation({
    mutationFn: ({ id, until }: { readonly id: string; readonly until: string | null }) =>
      send<Rule>('POST', `api/alert-rules/${id}/mute/`, { until }),
    onSettled: settled,
  })
}

export function useTestRule() {
  return useMutation({
    mutationFn: (id: string) => send<RuleTest>('POST', `api/alert-rules/${id}/test/`),
  })
}

export function useTestChannel() {
  return useMutation({
    mutationFn: (name: string) =>
      send<Delivery>('POST', `api/alert-channels/${encodeURIComponent(name)}/test/`),
  })
}

function useRulesChanged(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await client.invalidateQueries({ queryKey: ['alert-rules'] })
    await client.invalidateQueries({ queryKey: ['alerts'] })
  }
}
