import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useOverview } from '../api/overview.js'
import type { Overview } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { useExactTime } from '../components/time.js'
import { FilterBar } from '../tasks/filter-bar.js'
import { type Filters, filtersOf } from '../tasks/filters.js'
import { RangeMenu } from '../tasks/range-menu.js'
import { Breakdown } from './breakdown.js'
import { Gaps } from './gaps.js'
import { FailingNames, SlowestNames } from './names.js'
import { PercentileChart } from './percentile-chart.js'
import { ThroughputChart } from './throughput-chart.js'
import { Tiles } from './tiles.js'

/** What runs, how much, how fast and how well, in a window of time; every number leads to the tasks behind it. */
export function OverviewPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const filters = filtersOf(useSearch({ from: '/overview' }))
  const overview = useOverview(filters)
  const choose = (chosen: Filters) => void navigate({ to: '/overview', search: chosen })
  const { hours_ago, created_after, created_before, ...rest } = filters
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="sm" pb="md">
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Title order={1} size="h4" visibleFrom="sm">
            {t('nav.overview')}
          </Title>
          <div style={{ flex: 1 }}>
            <FilterBar filters={filters} onChange={choose} />
          </div>
          <RangeMenu filters={filters} onChange={choose} standard="24" />
        </Group>
        {overview.error && <Problem error={overview.error} retry={() => void overview.refetch()} />}
        {overview.isPending && <Loading />}
        {overview.data !== undefined && (
          <>
            <Window
              overview={overview.data}
              reset={created_after === undefined ? undefined : () => choose(rest)}
            />
            <Shown
              overview={overview.data}
              filters={rest}
              zoom={(from, to) => choose({ ...rest, created_after: from, created_before: to })}
            />
          </>
        )}
      </Stack>
    </div>
  )
}

interface ShownProps {
  readonly overview: Overview
  /** Without those of time. */
  readonly filters: Filters
  readonly zoom: (from: string, to: string) => void
}

function Shown({ overview, filters, zoom }: ShownProps) {
  const { t } = useTranslation()
  const { from, to, points } = overview
  // The numbers are of this window, so the lists behind them are, too.
  const behind = { ...filters, created_after: from, created_before: to }
  return (
    <>
      <Tiles overview={overview} behind={behind} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="sm">
        <ThroughputChart points={points} zoom={zoom} />
        <PercentileChart title={t('overview.run')} points={points} field="run" zoom={zoom} />
        <PercentileChart title={t('overview.wait')} points={points} field="wait" zoom={zoom} />
        <SlowestNames names={overview.slowest} behind={behind} />
        <FailingNames names={overview.failing} behind={behind} />
        <Breakdown
          title={t('overview.byType')}
          groups={overview.by_type.map((group) => ({
            ...group,
            name: group.display,
            behind: { ...behind, task_type: group.key },
          }))}
        />
        <Breakdown
          title={t('overview.byCompany')}
          groups={overview.by_company.map((group) => ({
            ...group,
            name: group.key,
            behind: { ...behind, company_id: group.key },
          }))}
        />
        <Gaps />
      </SimpleGrid>
    </>
  )
}

interface WindowProps {
  readonly overview: Overview
  readonly reset: (() => void) | undefined
}

/** Which time the numbers are of. */
function Window({ overview, reset }: WindowProps) {
  const { t } = useTranslation()
  const exact = useExactTime()
  return (
    <Group gap="xs">
      <Text size="xs" c="dimmed">
        {t('overview.window', { from: exact(overview.from), to: exact(overview.to) })}
        {overview.times_exact || ` · ${t('overview.timesNear')}`}
        {overview.names_exact || ` · ${t('overview.namesNear')}`}
      </Text>
      {reset && (
        <Button size="compact-xs" variant="subtle" onClick={reset}>
          {t('overview.zoomOut')}
        </Button>
      )}
    </Group>
  )
}

function Loading() {
  return (
    <>
      <Skeleton height={70} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Skeleton height={220} />
        <Skeleton height={220} />
      </SimpleGrid>
    </>
  )
}
