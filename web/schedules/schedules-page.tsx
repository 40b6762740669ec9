import { Button, Group, Skeleton } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useSchedules } from '../api/schedules.js'
import type { Schedules } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { Page } from '../components/page.js'
import { Problem } from '../components/problem.js'
import { SearchInput } from '../components/search-input.js'
import { ScheduleTable } from './schedule-table.js'
import { SourceNotes } from './source-notes.js'

/** What beat is to run, when it ran last and is due next, and what it has missed. */
export function SchedulesPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/schedules' })
  const { data, error, refetch } = useSchedules(search)
  return (
    <Page
      title={t('nav.schedules')}
      aside={
        <SearchInput
          label={t('schedules.filter')}
          text={search.search}
          onSearch={(text) =>
            void navigate({ to: '/schedules', search: { ...search, search: text }, replace: true })
          }
        />
      }
    >
      {error && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={300} />}
      {data !== undefined && data.total > 0 && <ProblemTabs data={data} />}
      {data !== undefined && <SourceNotes data={data} />}
      {data?.schedules.length === 0 && <NoSchedule data={data} />}
      {data !== undefined && data.schedules.length > 0 && <ScheduleTable schedules={data.schedules} />}
    </Page>
  )
}

/** All, or those that somebody should look at. */
function ProblemTabs({ data: { total, attention } }: { readonly data: Schedules }) {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/schedules' })
  const tabs = [
    ['schedules.all', undefined, total],
    ['schedules.attention', 'true', attention],
  ] as const
  return (
    <Group gap={4} role="group" aria-label={t('schedules.which')}>
      {tabs.map(([text, problem, count]) => (
        <Button
          key={text}
          size="compact-sm"
          variant={search.problem === problem ? 'light' : 'subtle'}
          color="gray"
          aria-pressed={search.problem === problem}
          onClick={() => void navigate({ to: '/schedules', search: { ...search, problem } })}
        >
          {t(text)}
          <span>&nbsp;{count.toLocaleString(i18n.language)}</span>
        </Button>
      ))}
    </Group>
  )
}

function NoSchedule({ data: { total } }: { readonly data: Schedules }) {
  const { t } = useTranslation()
  const { search, problem } = useSearch({ from: '/schedules' })
  if (total === 0) return <Empty title={t('schedules.none')} hint={t('schedules.noneHint')} />
  if (search === undefined && problem !== undefined)
    return <Empty title={t('schedules.fine')} hint={t('schedules.fineHint')} />
  return <Empty title={t('schedules.noMatch')} hint={t('schedules.noMatchHint')} />
}
