import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query'
import { isFinished as isFinishedState } from '../../src/tasks/job.js'
import { get, type Query } from './client.js'
import { queryClient } from './query-client.js'
import type { Counts, Task, TaskDetail, TaskPage, TaskTypes } from './types.js'

/** Enough for any screen, so that it is there soon; the following ones are for scrolling. */
const firstPageSize = '60'
const pageSize = '200'
const noCursor: string | undefined = undefined

export function taskPath(taskId: string): string {
  return `api/tasks/${encodeURIComponent(taskId)}/`
}

/** The pages of a list, by cursor. How many match in all is counted apart (`useCounts`): rows don't wait for it. */
export function useTasks(query: Query) {
  return useInfiniteQuery(listOptions(query))
}

/** How many match, by state: the numbers on the tabs, and of the whole list. */
export function useCounts(filters: Query) {
  return useQuery(countsOptions(filters))
}

/** Asks for a list as soon as its URL is known, while the code of its page is still on the way. */
export function prefetchTasks(filters: Query, query: Query): void {
  // What was loaded when it was looked at before is not followed since.
  queryClient.removeQueries({ queryKey: ['tasks', query], type: 'inactive' })
  void queryClient.prefetchInfiniteQuery(listOptions(query))
  void queryClient.prefetchQuery(countsOptions(filters))
}

function listOptions(query: Query) {
  return infiniteQueryOptions({
    queryKey: ['tasks', query],
    queryFn: ({ pageParam, signal }) =>
      get<TaskPage>(
        'api/tasks/',
        {
          ...query,
          count: 'none',
          limit: pageParam === undefined ? firstPageSize : pageSize,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: noCursor,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // The live stream keeps it fresh; fetching all pages again would move what is looked at.
    staleTime: Number.POSITIVE_INFINITY,
    // Comparing thousands of rows field by field at each live frame costs more than drawing those that changed.
    structuralSharing: false,
    placeholderData: keepPreviousData,
  })
}

function countsOptions(filters: Query) {
  return queryOptions({
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
