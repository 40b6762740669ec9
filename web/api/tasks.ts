import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { isFinished as isFinishedState } from '../../src/tasks/job.js'
import { get, type Query } from './client.js'
import type { Counts, Task, TaskDetail, TaskPage, TaskTypes } from './types.js'

const pageSize = '200'
const noCursor: string | undefined = undefined

export function taskPath(taskId: string): string {
  return `api/tasks/${encodeURIComponent(taskId)}/`
}

/** The pages of a list, by cursor. */
export function useTasks(query: Query) {
  return useInfiniteQuery({
    queryKey: ['tasks', query],
    queryFn: ({ pageParam, signal }) =>
      get<TaskPage>('api/tasks/', { ...query, limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: noCursor,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // The live stream keeps it fresh; fetching all pages again would move what is looked at.
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  })
}

/** How many match, by state: the numbers on the tabs. */
export function useCounts(filters: Query) {
  return useQuery({
    queryKey: ['counts', filters],
    queryFn: ({ signal }) => get<Counts>('api/tasks/counts/', filters, signal),
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  })
}

export function useTask(taskId: string) {
  return useQuery({
    queryKey: ['task', taskId],
    queryFn: ({ signal }) => get<TaskDetail>(taskPath(taskId), {}, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && isFinished(state.data) ? false : 2000),
  })
}

/** Parents and children of a task. */
export function useWorkflow(rootId: string | null) {
  const query = { root_id: rootId ?? '', order_by: 'created_at', limit: '200' }
  return useQuery({
    queryKey: ['workflow', rootId],
    queryFn: ({ signal }) => get<TaskPage>('api/tasks/', query, signal),
    enabled: rootId !== null,
    refetchInterval: 5000,
  })
}

export function useTaskTypes() {
  return useQuery({
    queryKey: ['types'],
    queryFn: ({ signal }) => get<TaskTypes>('api/tasks/types/', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function isFinished({ state }: Pick<Task, 'state'>): boolean {
  return isFinishedState(state)
}
