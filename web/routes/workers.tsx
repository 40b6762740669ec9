import { Badge, Skeleton, Stack, Table, Text } from '@mantine/core'
import { createLazyRoute } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useWorkers } from '../api/stops.js'
import { Problem } from '../components/problem.js'
import { Time } from '../components/time.js'

export const route = createLazyRoute('/workers')({ component: WorkersPage })

const colors = { online: 'teal', offline: 'red', stopped: 'gray' } as const

/** The workers that were heard of since start. */
function WorkersPage() {
  const { t } = useTranslation()
  const { data, error, refetch } = useWorkers()
  if (error) return <Problem error={error} retry={() => void refetch()} />
  if (data === undefined) return <Skeleton height={300} />
  if (data.workers.length === 0) {
    return (
      <Stack align="center" py="xl" gap="xs">
        <Text fw={600}>{t('workers.none')}</Text>
        <Text size="sm" c="dimmed">
          {t('workers.noneHint')}
        </Text>
      </Stack>
    )
  }
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {(['name', 'status', 'pool', 'active', 'processed', 'version', 'seen'] as const).map((column) => (
              <Table.Th key={column}>{t(`workers.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.workers.map((worker) => (
            <Table.Tr key={worker.name}>
              <Table.Td>{worker.name}</Table.Td>
              <Table.Td>
                <Badge variant="light" color={colors[worker.status]}>
                  {t(`workers.${worker.status}`)}
                </Badge>
              </Table.Td>
              <Table.Td>{worker.pool}</Table.Td>
              <Table.Td>{worker.active}</Table.Td>
              <Table.Td>{worker.processed}</Table.Td>
              <Table.Td>{worker.version}</Table.Td>
              <Table.Td>
                <Time at={worker.last_seen_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
