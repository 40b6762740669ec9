import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Filters } from '../components/filters.js'
import { get, urlOf } from './client.js'
import type { LiveTasks, Statistics, Task, TaskDetail, TaskPage, TaskTypes } from './types.js'

const pageSize = '100'

type Pages = InfiniteData<TaskPage, string | undefined>

/** The pages of a list, by cursor. */
export function useTasks(filters: Filters) {
  return useInfiniteQuery({
    queryKey: ['tasks', filters],
    queryFn: ({ pageParam, signal }) =>
      get<TaskPage>('api/tasks/', { ...filters, limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
}

export interface Live {
  readonly connected: boolean
  /** Tasks that match and are not in the list yet. */
  readonly waiting: number
  /** Brings them in. */
  readonly refresh: () => void
}

/** Follows the list: rows that are shown change in place, new ones are counted and wait to be asked for. */
export function useLiveTasks(filters: Filters, paused: boolean): Live {
  const client = useQueryClient()
  const [connected, setConnected] = useState(false)
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const key = JSON.stringify(filters)

  useEffect(() => {
    setFresh(new Set())
    if (paused) return
    const queryKey = ['tasks', JSON.parse(key)]
    const source = new EventSource(urlOf('api/live/tasks/', JSON.parse(key)))
    source.onopen = () => setConnected(true)
    source.onerror = () => setConnected(false)
    source.addEventListener('tasks', (message) => {
      const { tasks, many } = JSON.parse(message.data) as LiveTasks
      const unknown: string[] = []
      client.setQueryData<Pages>(queryKey, (pages) => {
        if (pages === undefined) return pages
        const changed = new Map(tasks.map((task) => [task.task_id, task]))
        const shown = new Set<string>()
        const updated = pages.pages.map((page) => ({
          ...page,
          tasks: page.tasks.map((task) => {
            shown.add(task.task_id)
            return changed.get(task.task_id) ?? task
          }),
        }))
        unknown.push(...tasks.filter(({ task_id }) => !shown.has(task_id)).map(({ task_id }) => task_id))
        return { ...pages, pages: updated }
      })
      if (unknown.length > 0) setFresh((known) => new Set([...known, ...unknown]))
      if (many) void client.invalidateQueries({ queryKey: ['statistics'] })
    })
    return () => source.close()
  }, [client, key, paused])

  const refresh = () => {
    setFresh(new Set())
    void client.resetQueries({ queryKey: ['tasks', filters] })
  }
  return { connected, waiting: fresh.size, refresh }
}

export function useTask(taskId: string) {
  return useQuery({
    queryKey: ['task', taskId],
    queryFn: ({ signal }) => get<TaskDetail>(`api/tasks/${encodeURIComponent(taskId)}/`, {}, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && isFinished(state.data) ? false : 2000),
  })
}

export function useStatistics(query: Readonly<Record<string, string | undefined>>) {
  return useQuery({
    queryKey: ['statistics', query],
    queryFn: ({ signal }) => get<Statistics>('api/tasks/statistics/', query, signal),
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
  return state === 'SUCCESS' || state === 'FAILURE' || state === 'REVOKED'
}
