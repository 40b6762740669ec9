import {
  ActionIcon,
  Badge,
  Button,
  Group,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { createLazyRoute, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveTasks, useTasks } from '../api/tasks.js'
import { type Filters, formatFilters, parseFilters } from '../components/filters.js'
import { Problem } from '../components/problem.js'
import { TaskTable } from '../components/task-table.js'

export const route = createLazyRoute('/tasks')({ component: TasksPage })

const tabs = {
  all: undefined,
  running: 'PENDING,SENT,RECEIVED,STARTED,PROGRESS,RETRY',
  failed: 'FAILURE',
  done: 'SUCCESS,REVOKED',
} as const

/** The list that people keep open: filtered by the URL, live, scrolled by cursor. */
function TasksPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const filters: Filters = useSearch({ from: '/tasks' })
  const [paused, setPaused] = useState(false)
  const list = useTasks(filters)
  const live = useLiveTasks(filters, paused)
  const tasks = list.data?.pages.flatMap((page) => page.tasks) ?? []
  const total = list.data?.pages[0]?.total
  const choose = (chosen: Filters) => void navigate({ to: '/tasks', search: chosen })
  const tab = Object.entries(tabs).find(([, state]) => state === filters.state)?.[0] ?? ''

  return (
    <Stack gap="xs">
      <FilterBar filters={filters} onChange={choose} />
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          value={tab}
          onChange={(name) => {
            const { state: _, ...rest } = filters
            const state = tabs[name as keyof typeof tabs]
            choose(state === undefined ? rest : { ...rest, state })
          }}
          data={Object.keys(tabs).map((name) => ({ value: name, label: t(`list.${name}`) }))}
        />
        <Group gap="xs">
          {live.waiting > 0 && (
            <Button size="compact-xs" variant="light" onClick={live.refresh} aria-live="polite">
              {t('list.fresh', { count: live.waiting })}
            </Button>
          )}
          {total !== undefined && (
            <Text size="sm" c="dimmed">
              {t('list.total', { count: total })}
            </Text>
          )}
          <Badge size="sm" variant="dot" color={paused ? 'gray' : live.connected ? 'teal' : 'orange'}>
            {paused ? t('list.paused') : live.connected ? t('list.live') : t('list.offline')}
          </Badge>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={paused ? t('list.resume') : t('list.pause')}
            onClick={() => setPaused(!paused)}
          >
            {paused ? '▶' : '⏸'}
          </ActionIcon>
        </Group>
      </Group>
      {list.error && <Problem error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={400} />}
      {list.data !== undefined && tasks.length === 0 && (
        <Stack align="center" py="xl" gap="xs">
          <Text fw={600}>{t('list.empty')}</Text>
          <Text size="sm" c="dimmed">
            {t('list.emptyHint')}
          </Text>
          <Button size="xs" variant="default" onClick={() => choose({})}>
            {t('list.clear')}
          </Button>
        </Stack>
      )}
      {tasks.length > 0 && (
        <TaskTable
          tasks={tasks}
          loadMore={
            list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined
          }
        />
      )}
    </Stack>
  )
}

function FilterBar({
  filters,
  onChange,
}: {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}) {
  const { t } = useTranslation()
  const shown = formatFilters(filters)
  const [text, setText] = useState(shown)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is typed gives way only to another URL
  useEffect(() => setText(shown), [shown])
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onChange(parseFilters(text))
      }}
    >
      <TextInput
        type="search"
        aria-label={t('list.filter')}
        placeholder={t('list.filterExample')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => text !== shown && onChange(parseFilters(text))}
      />
    </form>
  )
}
