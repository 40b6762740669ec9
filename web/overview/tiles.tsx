import { Paper, SimpleGrid, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useCounts } from '../api/tasks.js'
import type { Overview } from '../api/types.js'
import { useWorkers } from '../api/workers.js'
import type { Filters } from '../tasks/filters.js'
import { Change } from './change.js'
import { useSeconds } from './figures.js'

interface TilesProps {
  readonly overview: Overview
  readonly behind: Filters
}

/** The window in six numbers, against the one before. */
export function Tiles({ overview, behind }: TilesProps) {
  const { t, i18n } = useTranslation()
  const { totals, previous } = overview
  const seesWorkers = useMay('fleet:read')
  const { online = 0, silent = 0, offline = 0 } = useWorkers().data?.counts ?? {}
  const missing = silent + offline
  const number = (value: number) => value.toLocaleString(i18n.language)
  const seconds = useSeconds()
  const lost = useCounts({ ...behind, lost: 'true' }).data?.total ?? 0
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
      <Tile name={t('overview.tasks')}>
        <Link to="/tasks" search={behind}>
          {number(totals.total)}
        </Link>
        <Change now={totals.total} before={previous.total} />
      </Tile>
      <Tile name={t('overview.running')}>
        <Link to="/tasks" search={{ ...behind, state: 'PENDING,SENT,RECEIVED,STARTED,PROGRESS,RETRY' }}>
          {number(totals.running)}
        </Link>
        {lost > 0 && (
          <Text span size="xs" ml={6}>
            <Link to="/tasks" search={{ ...behind, lost: 'true' }}>
              {t('overview.lost', { count: lost })}
            </Link>
          </Text>
        )}
      </Tile>
      <Tile name={t('overview.failed')}>
        <Link to="/tasks" search={{ ...behind, state: 'FAILURE' }}>
          {number(totals.failed)}
        </Link>
        <Change now={totals.failed} before={previous.failed} moreIsBad />
      </Tile>
      <Tile name={t('overview.runP95')}>
        {seconds(totals.run?.p95)}
        <Change now={totals.run?.p95} before={previous.run?.p95} moreIsBad />
      </Tile>
      <Tile name={t('overview.waitP95')}>
        {seconds(totals.wait?.p95)}
        <Change now={totals.wait?.p95} before={previous.wait?.p95} moreIsBad />
      </Tile>
      {seesWorkers && (
        <Tile name={t('overview.workers')}>
          <Link to="/workers">
            {number(online)}
            {missing > 0 && ` / ${number(online + missing)}`}
          </Link>
        </Tile>
      )}
    </SimpleGrid>
  )
}

function Tile({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder px="sm" py={6}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="lg" fw={600} component="div">
        {children}
      </Text>
    </Paper>
  )
}
