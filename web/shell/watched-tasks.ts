import { useDocumentTitle } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useQueries } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { get } from '../api/client.js'
import { isFinished, taskPath } from '../api/tasks.js'
import type { TaskDetail } from '../api/types.js'
import { usePreferences } from './preferences.js'

/** Tells when a watched task ends: a message that stays, and a count in the title of the tab until it is looked at. */
export function useWatchedTasks(): void {
  const { t } = useTranslation()
  const { preferences, change } = usePreferences()
  const [ended, setEnded] = useState(0)
  useDocumentTitle(ended === 0 ? 'Crisper' : `(${ended}) Crisper`)
  const { watched } = preferences
  const tasks = useQueries({
    queries: watched.map((taskId) => ({
      queryKey: ['task', taskId],
      queryFn: () => get<TaskDetail>(taskPath(taskId)),
      refetchInterval: 3000,
    })),
  })
  const over = tasks.flatMap(({ data }) => (data !== undefined && isFinished(data) ? [data] : []))
  const key = over.map(({ task_id }) => task_id).join()

  // biome-ignore lint/correctness/useExhaustiveDependencies: told once for each task that ended
  useEffect(() => {
    if (over.length === 0) return
    for (const { task_id, task_name, state } of over) {
      notifications.show({
        title: task_name ?? task_id,
        message: t('watch.ended', { state: t(`state.${state}`, { defaultValue: state }) }),
        color: state === 'SUCCESS' ? 'green' : 'red',
        autoClose: false,
      })
    }
    if (document.hidden) setEnded((count) => count + over.length)
    const ids = new Set(over.map(({ task_id }) => task_id))
    change({ watched: watched.filter((id) => !ids.has(id)) })
  }, [key])

  useEffect(() => {
    const look = () => document.hidden || setEnded(0)
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
}
