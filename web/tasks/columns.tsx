import { Progress } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'
import { HiddenCell } from '../access/hidden-payload.js'
import { urlOf } from '../api/client.js'
import type { Task } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'
import { Duration, Time } from '../components/time.js'
import { companyOf, shownState, tookOf, waitedOf } from './derived.js'
import classes from './task-table.module.css'

interface Column {
  /** Of its track in the grid. */
  readonly width: string
  /** The field of the API by which it orders; none where it can't. */
  readonly order?: string
  readonly numeric?: boolean
  readonly show: (task: Task) => ReactNode
}

/** Every column that the list can show, in the order in which they are offered. */
const columns = {
  state: { width: '130px', order: 'state', show: (task) => <StateBadge state={shownState(task)} /> },
  task: { width: 'minmax(220px, 3fr)', order: 'task_name', show: (task) => <TaskCell task={task} /> },
  company: { width: 'minmax(70px, 100px)', show: (task) => companyOf(task) },
  type: { width: 'minmax(90px, 150px)', order: 'kind', show: (task) => task.task_type_display },
  queue: { width: 'minmax(70px, 120px)', order: 'queue', show: (task) => task.queue },
  worker: { width: 'minmax(90px, 1fr)', order: 'worker', show: (task) => task.worker },
  created: { width: '120px', order: 'created_at', show: (task) => <Time at={task.created_at} /> },
  started: { width: '120px', order: 'started_at', show: (task) => <Time at={task.started_at} /> },
  finished: { width: '120px', order: 'finished_at', show: (task) => <Time at={task.finished_at} /> },
  waited: { width: '90px', numeric: true, show: (task) => <Duration seconds={waitedOf(task)} /> },
  took: { width: '90px', numeric: true, show: (task) => <Duration seconds={tookOf(task)} /> },
  retries: { width: '80px', order: 'retries', numeric: true, show: ({ retries }) => retries || '' },
  tenant: { width: 'minmax(70px, 100px)', order: 'tenant_id', show: (task) => task.tenant_id },
  user: { width: '80px', order: 'created_by_id', numeric: true, show: (task) => task.created_by_id },
  stop: { width: '130px', show: ({ stop }) => (stop ? <StateBadge state={stop.status} /> : '') },
  error: {
    width: 'minmax(160px, 2fr)',
    show: ({ error, payload_hidden }) => (payload_hidden ? <HiddenCell /> : error),
  },
  id: { width: '290px', order: 'task_id', show: (task) => <code>{task.task_id}</code> },
} as const satisfies Record<string, Column>

export type ColumnName = keyof typeof columns

export const columnNames = Object.keys(columns).filter(isColumnName)

export const defaultColumns: readonly ColumnName[] = ['state', 'task', 'company', 'worker', 'created', 'took']

function isColumnName(name: string): name is ColumnName {
  return Object.hasOwn(columns, name)
}

export function columnOf(name: ColumnName): Column {
  return columns[name]
}

/** The columns that somebody chose; those of another version that don't exist any more are left out. */
export function chosenColumns(names: readonly string[] | null): readonly ColumnName[] {
  const known = names?.filter(isColumnName) ?? []
  return known.length === 0 ? defaultColumns : known
}

/** Not the router's own link: that one costs more than all the rest of a row while it is scrolled in. */
function TaskCell({ task }: { readonly task: Task }) {
  const navigate = useNavigate()
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    void navigate({ to: '/tasks/$taskId', params: { taskId: task.task_id } })
  }
  const href = urlOf(`tasks/${encodeURIComponent(task.task_id)}`)
  return (
    <>
      <a href={href} onClick={open} className={classes.link} tabIndex={-1}>
        {task.task_name}
      </a>
      {task.percent !== null && task.state !== 'SUCCESS' && (
        <Progress size={3} value={task.percent} aria-label={`${task.percent} %`} />
      )}
    </>
  )
}
