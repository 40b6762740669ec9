import { Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useStorage } from '../api/retention.js'
import type { Storage as StorageAnswer } from '../api/types.js'
import { bytesInWords } from '../components/bytes.js'
import { Problem } from '../components/problem.js'
import { ScrollTable } from '../components/scroll-table.js'
import classes from '../overview/numbers.module.css'

/** Tables that are shown by themselves. */
const most = 6

/** What the disk holds, how it grows, and where that is heading. */
export function Storage() {
  const { t } = useTranslation()
  const { data, error, refetch } = useStorage()
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t('storage.title')}
      </Title>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={120} />}
      {data && (
        <>
          <Sizes storage={data} />
          <Growth storage={data} />
          <Forecasts storage={data} />
        </>
      )}
    </Stack>
  )
}

function Sizes({ storage: { tables, free_bytes: free } }: { readonly storage: StorageAnswer }) {
  const { t, i18n } = useTranslation()
  const bytes = (n: number) => bytesInWords(n, i18n.language)
  const total = tables.reduce((sum, size) => sum + size.bytes + size.index_bytes, 0)
  return (
    <>
      <ScrollTable minWidth={320}>
        <Table verticalSpacing={2}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('storage.table')}</Table.Th>
              <Table.Th ta="right">{t('storage.rows')}</Table.Th>
              <Table.Th ta="right">{t('storage.data')}</Table.Th>
              <Table.Th ta="right">{t('storage.indexes')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tables.slice(0, most).map(({ name, rows, bytes: data, index_bytes: indexes }) => (
              <Table.Tr key={name}>
                <Table.Td>
                  <code>{name}</code>
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {rows.toLocaleString(i18n.language)}
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {bytes(data)}
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {bytes(indexes)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      <Text size="sm">
        {t('storage.total', { bytes: bytes(total) })}
        {free !== null && ` · ${t('storage.free', { bytes: bytes(free) })}`}
      </Text>
    </>
  )
}

function Growth({ storage }: { readonly storage: StorageAnswer }) {
  const { t, i18n } = useTranslation()
  const { tasks_per_day: perDay, bytes_per_task: each, growth } = storage
  const parts = [
    t(growth.some(({ estimated }) => estimated) ? 'storage.perDayAbout' : 'storage.perDay', {
      count: Math.round(perDay),
    }),
    each !== null && t('storage.bytesPerDay', { bytes: bytesInWords(perDay * each, i18n.language) }),
    each !== null && t('storage.perTask', { bytes: bytesInWords(each, i18n.language) }),
  ]
  return <Text size="sm">{parts.filter((part) => part !== false).join(' · ')}</Text>
}

function Forecasts({ storage: { forecasts } }: { readonly storage: StorageAnswer }) {
  const { t, i18n } = useTranslation()
  const shown = ({ tasks, bytes }: StorageAnswer['forecasts'][number]['with_rules']) => (
    <>
      {bytes !== null && bytesInWords(bytes, i18n.language)}
      <Text span size="xs" c="dimmed" display="block">
        {t('storage.tasks', { count: tasks })}
      </Text>
    </>
  )
  return (
    <>
      <ScrollTable minWidth={320}>
        <Table verticalSpacing={2}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('storage.forecast')}</Table.Th>
              <Table.Th ta="right">{t('storage.withRules')}</Table.Th>
              <Table.Th ta="right">{t('storage.withoutRules')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {forecasts.map(({ days, with_rules, without_rules }) => (
              <Table.Tr key={days}>
                <Table.Td>{t('storage.inDays', { count: days })}</Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {shown(with_rules)}
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {shown(without_rules)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      <Text size="xs" c="dimmed">
        {t('storage.reused')}
      </Text>
    </>
  )
}
