import { Checkbox } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import i18next from 'i18next'
import { type CSSProperties, memo, useCallback, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Task } from '../api/types.js'
import { usePreferences } from '../shell/preferences.js'
import { type ColumnName, columnOf } from './columns.js'
import { HeadCell } from './head-cell.js'
import type { Selected } from './selection.js'
import { useTableKeys } from './table-keys.js'
import classes from './task-table.module.css'

interface TaskTableProps {
  readonly tasks: readonly Task[]
  readonly columns: readonly ColumnName[]
  readonly selected: Selected
  readonly order: string
  readonly onOrder: (order: string) => void
  /** Absent for those who may not; their rows can't be ticked, since there is nothing to do with them. */
  readonly onStop: ((task: Task) => void) | undefined
  /** Rows are shown as two lines. */
  readonly narrow: boolean
  /** Fetches the next page; absent while one is fetched, and at the end. */
  readonly loadMore: (() => void) | undefined
}

const heights = { compact: 32, comfortable: 42, narrow: 60 }
/** Rows before the end at which the next page is fetched. */
const ahead = 60

/** Only the rows in sight exist: a million scroll like a hundred. */
export function TaskTable(props: TaskTableProps) {
  const { tasks, columns, selected, order, onOrder, narrow, loadMore } = props
  const canTick = props.onStop !== undefined
  const { t } = useTranslation()
  const { density } = usePreferences().preferences
  const navigate = useNavigate()
  const box = useRef<HTMLDivElement>(null)
  const height = heights[narrow ? 'narrow' : density]
  const rows = useVirtualizer({
    count: tasks.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 12,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => rows.measure(), [rows, height])
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= tasks.length - ahead) loadMore?.()
  }, [last, tasks.length, loadMore])

  const open = (task: Task) => void navigate({ to: '/tasks/$taskId', params: { taskId: task.task_id } })
  const cursor = useTableKeys({
    tasks,
    selected,
    onOpen: open,
    onStop: props.onStop,
    onMove: (index) => rows.scrollToIndex(index),
  })
  const latest = useRef({ tasks, selected })
  latest.current = { tasks, selected }
  // The same function at every render, so that rows that did not change are not drawn again.
  const onTick = useCallback((index: number, range: boolean) => {
    const { tasks, selected } = latest.current
    selected.toggle(tasks, index, range)
  }, [])
  const style = {
    '--columns': `${canTick ? '34px ' : ''}${columns.map((name) => columnOf(name).width).join(' ')}`,
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section ref={box} className={classes.box} tabIndex={0} aria-label={t('list.tasks')}>
      <div
        role="table"
        aria-rowcount={tasks.length + 1}
        aria-label={t('list.tasks')}
        className={classes.table}
        data-narrow={narrow}
        data-ticks={canTick}
        style={style as CSSProperties}
      >
        <div role="rowgroup" className={classes.heads}>
          <div role="row" className={classes.head}>
            {canTick && (
              <span role="columnheader">
                <Checkbox
                  size="xs"
                  aria-label={t('select.loaded')}
                  checked={selected.all || (tasks.length > 0 && selected.ids.size === tasks.length)}
                  indeterminate={!selected.all && selected.ids.size > 0 && selected.ids.size < tasks.length}
                  onChange={(event) =>
                    event.currentTarget.checked ? selected.takeAll(tasks) : selected.clear()
                  }
                />
              </span>
            )}
            {columns.map((name) => (
              <HeadCell key={name} name={name} order={order} onOrder={onOrder} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes.rows} style={{ height: rows.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const task = tasks[index]
            return (
              task && (
                <Row
                  key={task.task_id}
                  task={task}
                  index={index}
                  columns={columns}
                  isAt={index === cursor}
                  isSelected={selected.has(task)}
                  onTick={canTick ? onTick : undefined}
                  height={height}
                  start={start}
                />
              )
            )
          })}
        </div>
      </div>
    </section>
  )
}

interface RowProps {
  readonly task: Task
  readonly index: number
  readonly columns: readonly ColumnName[]
  readonly isAt: boolean
  readonly isSelected: boolean
  readonly onTick: ((index: number, range: boolean) => void) | undefined
  /** Pixels, and those above it. */
  readonly height: number
  readonly start: number
}

const Row = memo(({ task, index, columns, isAt, isSelected, onTick, height, start }: RowProps) => {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-at={isAt || undefined}
      data-selected={isSelected || undefined}
      style={{ height, transform: `translateY(${start}px)` }}
    >
      {onTick && (
        <span role="cell" data-column="select">
          <input
            type="checkbox"
            className={classes.tick}
            checked={isSelected}
            aria-label={i18next.t('select.one', { name: task.task_name })}
            onClick={(event) => onTick(index, event.shiftKey)}
            readOnly
          />
        </span>
      )}
      {columns.map((name) => (
        <Cell key={name} name={name} task={task} />
      ))}
    </div>
  )
})

function Cell({ name, task }: { readonly name: ColumnName; readonly task: Task }) {
  const { show, numeric } = columnOf(name)
  const shown = show(task)
  return (
    <span
      role="cell"
      data-column={name}
      data-numeric={numeric}
      title={typeof shown === 'string' ? shown : undefined}
    >
      {shown}
    </span>
  )
}
