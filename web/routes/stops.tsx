import { Button, Group, Skeleton, Stack, Table, Text } from '@mantine/core'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useCancelStop, useStops } from '../api/stops.js'
import type { Stop } from '../api/types.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { Time } from '../components/time.js'

export const route = createLazyRoute('/stops')({ component: StopsPage })

/** Every stop with where it stands. */
function StopsPage() {
  const { t } = useTranslation()
  const list = useStops(undefined)
  const cancel = useCancelStop()
  if (list.error) return <Problem error={list.error} retry={() => void list.refetch()} />
  if (list.data === undefined) return <Skeleton height={300} />
  const stops = list.data.pages.flatMap((page) => page.stops)
  if (stops.length === 0) {
    return (
      <Stack align="center" py="xl" gap="xs">
        <Text fw={600}>{t('stop.none')}</Text>
        <Text size="sm" c="dimmed">
          {t('stop.noneHint')}
        </Text>
      </Stack>
    )
  }
  return (
    <Stack gap="xs">
      {cancel.error && <Problem error={cancel.error} />}
      <Table.ScrollContainer minWidth={760}>
        <Table verticalSpacing={4} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              {(['status', 'mode', 'task', 'by', 'requested', 'why'] as const).map((column) => (
                <Table.Th key={column}>{t(`stop.${column}`)}</Table.Th>
              ))}
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stops.map((stop) => (
              <Row key={stop.id} stop={stop} cancel={() => cancel.mutate(stop.id)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {list.hasNextPage && (
        <Group justify="center">
          <Button
            size="xs"
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t('list.more')}
          </Button>
        </Group>
      )}
    </Stack>
  )
}

function Row({ stop, cancel }: { readonly stop: Stop; readonly cancel: () => void }) {
  const { t } = useTranslation()
  return (
    <Table.Tr>
      <Table.Td>
        <StateBadge state={stop.status} />
      </Table.Td>
      <Table.Td>{stop.mode === 'hard' ? t('stop.hard') : t('stop.soft')}</Table.Td>
      <Table.Td>
        <Link to="/tasks/$taskId" params={{ taskId: stop.task_id }}>
          {stop.task_id.slice(0, 13)}
        </Link>
      </Table.Td>
      <Table.Td>{stop.requested_by}</Table.Td>
      <Table.Td>
        <Time at={stop.requested_at} />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{stop.explanation}</Text>
        {stop.reason !== null && (
          <Text size="xs" c="dimmed">
            {stop.reason}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {(stop.status === 'armed' || stop.status === 'requested') && (
          <Button size="compact-xs" variant="default" onClick={cancel}>
            {t('stop.cancel')}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
