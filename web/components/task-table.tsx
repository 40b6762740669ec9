import { Progress, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Task } from '../api/types.js'
import { StateBadge } from './state-badge.js'
import classes from './task-table.module.css'
import { duration, Time } from './time.js'

interface TaskTableProps {
  readonly tasks: readonly Task[]
  /** Fetches the next page; absent while one is fetched, and at the end. */
  readonly loadMore: (() => void) | undefined
}

const rowHeight = 34
/** Rows before the end at which the next page is fetched. */
const ahead = 40

/** Rows in a window of their own size: a million scroll like a hundred. */
export function TaskTable({ tasks, loadMore }: TaskTableProps) {
  const { t } = useTranslation()
  const list = useRef<HTMLDivElement>(null)
  const rows = useWindowVirtualizer({
    count: tasks.length,
    estimateSize: () => rowHeight,
    overscan: 20,
    scrollMargin: list.current?.offsetTop ?? 0,
  })
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= tasks.length - ahead) loadMore?.()
  }, [last, tasks.length, loadMore])

  return (
    <div role="table" aria-rowcount={tasks.length} className={classes.table}>
      <div role="row" className={classes.head}>
        {(['state', 'task', 'company', 'worker', 'created', 'took'] as const).map((column) => (
          <span role="columnheader" key={column} data-column={column}>
            {t(`list.${column}`)}
          </span>
        ))}
      </div>
      <div ref={list} className={classes.rows} style={{ height: rows.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const task = tasks[index]
          return (
            task && (
              <Link
                key={key}
                to="/tasks/$taskId"
                params={{ taskId: task.task_id }}
                role="row"
                className={classes.row}
                style={{ transform: `translateY(${start - rows.options.scrollMargin}px)` }}
              >
                <TaskRow task={task} />
              </Link>
            )
          )
        })}
      </div>
    </div>
  )
}

function TaskRow({ task }: { readonly task: Task }) {
  return (
    <>
      <span role="cell" data-column="state">
        <StateBadge state={task.state} />
      </span>
      <span role="cell" data-column="task" title={task.task_name}>
        <Text span size="sm" truncate>
          {task.task_name}
        </Text>
        {task.percent !== null && (
          <Progress size="xs" value={task.percent} aria-label={`${task.percent} %`} />
        )}
      </span>
      <span role="cell" data-column="company">
        {companyOf(task)}
      </span>
      <span role="cell" data-column="worker" title={task.worker ?? ''}>
        {task.worker}
      </span>
      <span role="cell" data-column="created">
        <Time at={task.created_at} />
      </span>
      <span role="cell" data-column="took">
        {tookOf(task)}
      </span>
    </>
  )
}

export function companyOf({ meta, tenant_id }: Pick<Task, 'meta' | 'tenant_id'>): string {
  const company =
    typeof meta === 'object' && meta !== null && 'company_id' in meta ? meta.company_id : tenant_id
  return company === null || company === undefined ? '' : String(company)
}

export function tookOf({ started_at, finished_at }: Pick<Task, 'started_at' | 'finished_at'>): string {
  if (started_at === null) return ''
  const end = finished_at === null ? Date.now() : Date.parse(finished_at)
  return duration(Math.max(0, end - Date.parse(started_at)) / 1000)
}
