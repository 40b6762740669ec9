import { Button, Group, Skeleton, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Live, mostWaiting, useLiveTasks } from '../api/live-tasks.js'
import { useMay } from '../api/session.js'
import type { Selection } from '../api/stops.js'
import { useCounts, useTasks } from '../api/tasks.js'
import type { Task } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { useNarrow } from '../components/narrow.js'
import { Problem } from '../components/problem.js'
import { usePreferences } from '../shell/preferences.js'
import { BulkStopDialog } from '../stops/bulk-stop-dialog.js'
import { StopDialog } from '../stops/stop-dialog.js'
import { SaveView } from '../views/save-view.js'
import { ColumnChooser } from './column-chooser.js'
import { chosenColumns } from './columns.js'
import { FilterBar } from './filter-bar.js'
import { type Filters, listQueryOf } from './filters.js'
import { LiveSwitch } from './live-switch.js'
import { RangeMenu } from './range-menu.js'
import { useSelection } from './selection.js'
import { SelectionBar } from './selection-bar.js'
import { countOf, StateTabs } from './state-tabs.js'
import { TaskTable } from './task-table.js'

/** The list that people keep open: filtered by the URL, live, scrolled by cursor. */
export function TasksPage() {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/tasks' })
  const { filters, order, query, anyState } = listQueryOf(search)
  const { preferences, change } = usePreferences()
  const columns = useMemo(
    () => chosenColumns(search.columns?.split(',') ?? preferences.columns),
    [search.columns, preferences.columns],
  )
  const narrow = useNarrow()
  const mayStop = useMay('tasks:stop')
  const [paused, setPaused] = useState(false)
  const list = useTasks(query)
  const live = useLiveTasks(filters, query, paused)
  const selected = useSelection()
  const [stopping, setStopping] = useState<Task | Selection>()

  const tasks = useMemo(() => list.data?.pages.flatMap((page) => page.tasks) ?? [], [list.data])
  const counts = useCounts(anyState).data
  const matching = counts && countOf(counts, filters.state?.split(',') ?? [])
  // Counted now and then, so that it can be less than what is there.
  const total = Math.max(matching ?? 0, tasks.length)
  const choose = (chosen: Filters) => {
    selected.clear()
    const { order_by, columns: shown } = search
    void navigate({ to: '/tasks', search: { ...chosen, order_by, columns: shown } })
  }
  const loadMore = list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined

  return (
    <Stack gap={8} h="100%" mih={0}>
      <VisuallyHidden component="h1">{t('nav.tasks')}</VisuallyHidden>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <div style={{ flex: 1 }}>
          <FilterBar filters={filters} onChange={choose} />
        </div>
        <RangeMenu filters={filters} onChange={choose} />
        {!narrow && (
          <ColumnChooser columns={columns} onChange={(names) => change({ columns: names && [...names] })} />
        )}
        {!narrow && <SaveView page="tasks" query={{ ...search }} columns={columns} />}
      </Group>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <StateTabs filters={filters} counts={counts} onChange={choose} />
        <Group gap="xs" wrap="nowrap">
          <Fresh live={live} />
          <LiveSwitch live={live} paused={paused} onPause={setPaused} />
        </Group>
      </Group>
      {mayStop && (
        <SelectionBar
          selected={selected}
          loaded={tasks.length}
          matching={total}
          onStop={() => setStopping(selected.all ? { filter: filters } : { task_ids: [...selected.ids] })}
        />
      )}
      {list.error && <Problem error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton style={{ flex: 1 }} />}
      {list.data !== undefined && tasks.length === 0 && (
        <Empty title={t('list.empty')} hint={t('list.emptyHint')}>
          <Button size="xs" variant="default" onClick={() => choose({})}>
            {t('list.clear')}
          </Button>
        </Empty>
      )}
      {tasks.length > 0 && (
        <>
          <TaskTable
            tasks={tasks}
            columns={columns}
            selected={selected}
            order={order}
            onOrder={(by) => void navigate({ to: '/tasks', search: { ...search, order_by: by } })}
            onStop={mayStop ? setStopping : undefined}
            narrow={narrow}
            loadMore={loadMore}
          />
          <Text size="xs" c="dimmed">
            {t(list.hasNextPage ? 'list.loaded' : 'list.allLoaded', {
              loaded: tasks.length.toLocaleString(i18n.language),
              total: matching === undefined ? '…' : total.toLocaleString(i18n.language),
            })}
          </Text>
        </>
      )}
      {stopping !== undefined &&
        ('task_name' in stopping ? (
          <StopDialog
            taskId={stopping.task_id}
            taskName={stopping.task_name}
            onClose={() => setStopping(undefined)}
          />
        ) : (
          <BulkStopDialog
            selection={stopping}
            onClose={() => {
              setStopping(undefined)
              selected.clear()
            }}
          />
        ))}
    </Stack>
  )
}

/** New tasks wait here, so that nothing moves under the cursor. */
function Fresh({ live }: { readonly live: Live }) {
  const { t, i18n } = useTranslation()
  const count = live.waiting.toLocaleString(i18n.language)
  const waitingText = live.waiting < mostWaiting ? count : `${count}+`
  return (
    <div aria-live="polite">
      {live.waiting > 0 && (
        <Button size="compact-xs" variant="light" onClick={live.refresh}>
          {t('list.fresh', { number: waitingText })}
        </Button>
      )}
    </div>
  )
}
