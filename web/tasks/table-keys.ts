import { useState } from 'react'
import type { Task } from '../api/types.js'
import { useKeys } from '../shell/keys.js'
import type { Selected } from './selection.js'

interface TableKeys {
  readonly tasks: readonly Task[]
  readonly selected: Selected
  readonly onOpen: (task: Task) => void
  /** Absent for those who may not: there is nothing then to tick rows for. */
  readonly onStop: ((task: Task) => void) | undefined
  readonly onMove: (index: number) => void
}

/** j and k move, Enter opens, x ticks, s stops. Returns the row that the keys are at, -1 for none. */
export function useTableKeys({ tasks, selected, onOpen, onStop, onMove }: TableKeys): number {
  // By id: rows that come in above don't move it to another task.
  const [at, setAt] = useState<string>()
  const index = at === undefined ? -1 : tasks.findIndex(({ task_id }) => task_id === at)
  const move = (by: number) => {
    const next = Math.min(Math.max(index + by, 0), tasks.length - 1)
    const task = tasks[next]
    if (task === undefined) return
    setAt(task.task_id)
    onMove(next)
  }
  const withTask = (act: (task: Task) => void) => () => {
    const task = tasks[index]
    if (task !== undefined) act(task)
  }
  useKeys([
    ['j', () => move(1)],
    ['k', () => move(-1)],
    ['Enter', withTask(onOpen)],
    ...(onStop === undefined
      ? []
      : ([
          ['x', withTask(() => selected.toggle(tasks, index, false))],
          ['shift+X', withTask(() => selected.toggle(tasks, index, true))],
          ['s', withTask(onStop)],
        ] as const)),
  ])
  return index
}
