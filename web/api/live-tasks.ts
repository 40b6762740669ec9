import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type Query, urlOf } from './client.js'
import { noteAnswer, noteLoss } from './connection.js'
import { sessionKey } from './query-client.js'
import type { LiveTasks, Task, TaskPage } from './types.js'

type Pages = InfiniteData<TaskPage, string | undefined>

export interface Live {
  readonly connected: boolean
  /** Tasks that match and are not in the list yet, up to `mostWaiting`. */
  readonly waiting: number
  /** Brings them in. */
  readonly refresh: () => void
}

/** Follows the list: rows that are shown change in place, new ones are counted and wait to be asked for. */
export function useLiveTasks(filters: Query, listQuery: Query, paused: boolean): Live {
  const client = useQueryClient()
  const [connected, setConnected] = useState(false)
  const [fresh, setFresh] = useState<ReadonlySet<string>>(nothing)
  const key = JSON.stringify([filters, listQuery])

  useEffect(() => {
    setFresh(nothing)
    if (paused) return
    const [filter, query]: [Query, Query] = JSON.parse(key)
    const source = new EventSource(urlOf('api/live/tasks/', filter))
    source.onopen = () => {
      setConnected(true)
      noteAnswer()
    }
    source.onerror = () => {
      setConnected(false)
      noteLoss()
      // Not a broken connection but a refusal, of which nothing more is told here.
      if (source.readyState === EventSource.CLOSED) void client.invalidateQueries({ queryKey: sessionKey })
    }
    source.addEventListener('tasks', (message: MessageEvent<string>) => {
      noteAnswer()
      const frame: LiveTasks = JSON.parse(message.data)
      const unknown = update(client, ['tasks', query], frame.tasks)
      if (unknown.length > 0) setFresh((known) => withMore(known, unknown))
    })
    return () => source.close()
  }, [client, key, paused])

  const refresh = () => {
    setFresh(nothing)
    void client.resetQueries({ queryKey: ['tasks', listQuery] })
  }
  return { connected, waiting: fresh.size, refresh }
}

const nothing: ReadonlySet<string> = new Set()

/** Nobody asks whether a thousand or ten thousand wait, and a page that is open for a night must not count them. */
export const mostWaiting = 1000

function withMore(known: ReadonlySet<string>, ids: readonly string[]): ReadonlySet<string> {
  return known.size >= mostWaiting ? known : new Set([...known, ...ids].slice(0, mostWaiting))
}

/** Puts changed tasks in place of what is shown of them. Returns the ids of those that are not shown. */
function update(client: QueryClient, queryKey: readonly unknown[], tasks: readonly Task[]): string[] {
  const changed = new Map(tasks.map((task) => [task.task_id, task]))
  client.setQueryData<Pages>(queryKey, (pages) => {
    if (pages === undefined) return pages
    return { ...pages, pages: pages.pages.map((page) => withChanges(page, changed)) }
  })
  return [...changed.keys()]
}

/** The same page where nothing in it changed, so that nothing is drawn again. Takes what it finds out of `changed`. */
function withChanges(page: TaskPage, changed: Map<string, Task>): TaskPage {
  if (changed.size === 0 || !page.tasks.some(({ task_id }) => changed.has(task_id))) return page
  return {
    ...page,
    tasks: page.tasks.map((task) => {
      const now = changed.get(task.task_id)
      changed.delete(task.task_id)
      return now ?? task
    }),
  }
}
