import { Button, Group, NativeSelect, Skeleton, Stack, Table } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { stopStatuses } from '../../src/stops/stop.js'
import { useMay } from '../api/session.js'
import { useCancelStop, useStops } from '../api/stops.js'
import { Empty } from '../components/empty.js'
import { LoadMore } from '../components/load-more.js'
import { useNarrow } from '../components/narrow.js'
import { Page } from '../components/page.js'
import { Problem } from '../components/problem.js'
import { ScrollTable } from '../components/scroll-table.js'
import { BatchProgress } from './batch-progress.js'
import { Batches } from './batches.js'
import { StopCard } from './stop-card.js'
import { StopProgress } from './stop-progress.js'
import { StopRow } from './stop-row.js'
import classes from './stops-page.module.css'

const heads = ['status', 'mode', 'task', 'by', 'requested', 'why'] as const

/** Every stop with where it stands, and the batches. */
export function StopsPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/stops' })
  const { stop_id, ...filters } = search
  const list = useStops(filters)
  const cancel = useCancelStop()
  const mayStop = useMay('tasks:stop')
  const cancelOf = (id: string) => (mayStop ? () => cancel.mutate(id) : undefined)
  const stops = list.data?.pages.flatMap((page) => page.stops) ?? []
  const narrow = useNarrow()
  const isFiltered = Object.keys(search).length > 0
  return (
    <Page
      title={t('nav.stops')}
      aside={
        <Group gap="xs">
          {isFiltered && (
            <Button size="xs" variant="default" onClick={() => void navigate({ to: '/stops' })}>
              {t('list.clear')}
            </Button>
          )}
          <NativeSelect
            size="xs"
            aria-label={t('stop.status')}
            value={search.status ?? ''}
            onChange={({ currentTarget }) =>
              void navigate({
                to: '/stops',
                search: { ...search, status: currentTarget.value || undefined },
              })
            }
            data={[
              { value: '', label: t('stop.anyStatus') },
              ...stopStatuses.map((value) => ({ value, label: t(`state.${value}`) })),
            ]}
          />
        </Group>
      }
    >
      {stop_id !== undefined && <StopProgress id={stop_id} />}
      {search.batch_id === undefined ? <Batches /> : <BatchProgress id={search.batch_id} />}
      {list.error && <Problem error={list.error} retry={() => void list.refetch()} />}
      {cancel.error && <Problem error={cancel.error} />}
      {list.isPending && <Skeleton height={300} />}
      {list.data !== undefined && stops.length === 0 && (
        <Empty title={t('stop.none')} hint={t('stop.noneHint')} />
      )}
      {stops.length > 0 && narrow && (
        <Stack gap="xs" component="ul" className={classes.cards}>
          {stops.map((stop) => (
            <StopCard key={stop.id} stop={stop} cancel={cancelOf(stop.id)} />
          ))}
        </Stack>
      )}
      {stops.length > 0 && !narrow && (
        <ScrollTable minWidth={760}>
          <Table verticalSpacing={4} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {heads.map((column) => (
                  <Table.Th key={column}>{t(`stop.${column}`)}</Table.Th>
                ))}
                <Table.Th aria-label={t('stop.cancel')} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {stops.map((stop) => (
                <StopRow key={stop.id} stop={stop} cancel={cancelOf(stop.id)} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
      {list.hasNextPage && (
        <LoadMore loading={list.isFetchingNextPage} onLoad={() => void list.fetchNextPage()} />
      )}
    </Page>
  )
}
