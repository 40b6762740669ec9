import { Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Worker } from '../api/types.js'
import { useWorkers } from '../api/workers.js'
import { Empty } from '../components/empty.js'
import { Problem } from '../components/problem.js'
import { ScrollTable } from '../components/scroll-table.js'
import { StateBadge } from '../components/state-badge.js'
import { Time } from '../components/time.js'

const heads = ['name', 'status', 'pool', 'active', 'processed', 'load', 'version', 'seen'] as const

/** The workers that were heard of since start. */
export function WorkersPage() {
  const { t } = useTranslation()
  const { data, error, refetch } = useWorkers()
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="xs">
        <Title order={1} size="h4">
          {t('nav.workers')}
        </Title>
        {error && <Problem error={error} retry={() => void refetch()} />}
        {data === undefined && !error && <Skeleton height={300} />}
        {data?.workers.length === 0 && <Empty title={t('workers.none')} hint={t('workers.noneHint')} />}
        {data !== undefined && data.workers.length > 0 && (
          <ScrollTable minWidth={720}>
            <Table verticalSpacing={4} highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  {heads.map((column) => (
                    <Table.Th key={column}>{t(`workers.${column}`)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.workers.map((worker) => (
                  <Row key={worker.name} worker={worker} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollTable>
        )}
      </Stack>
    </div>
  )
}

function Row({ worker }: { readonly worker: Worker }) {
  const { t, i18n } = useTranslation()
  const { name, status, pool, concurrency, active, processed, loadavg, version } = worker
  return (
    <Table.Tr>
      <Table.Td>
        <Link to="/tasks" search={{ worker: name }}>
          {name}
        </Link>
      </Table.Td>
      <Table.Td>
        <StateBadge state={status} />
      </Table.Td>
      <Table.Td>
        {pool}
        {concurrency !== null && (
          <Text span size="xs" c="dimmed">
            {' '}
            × {concurrency}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Link
          to="/tasks"
          search={{ worker: name, state: 'STARTED,PROGRESS' }}
          aria-label={t('workers.running', { count: active ?? 0, worker: name })}
        >
          {active}
        </Link>
      </Table.Td>
      <Table.Td>{processed?.toLocaleString(i18n.language)}</Table.Td>
      <Table.Td>{loadavg?.[0]?.toFixed(2)}</Table.Td>
      <Table.Td>{version}</Table.Td>
      <Table.Td>
        <Time at={worker.last_seen_at} />
      </Table.Td>
    </Table.Tr>
  )
}
