import { Paper, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../api/types.js'
import { ScrollTable } from '../components/scroll-table.js'
import type { Filters } from '../tasks/filters.js'
import { useRate, useSeconds } from './figures.js'
import classes from './numbers.module.css'

type Group = Overview['totals'] & { readonly key: string; readonly name: string; readonly behind: Filters }

interface BreakdownProps {
  readonly title: string
  readonly groups: readonly Group[]
}

const heads = ['tasks', 'failed', 'failureRate', 'runP95', 'waitP95'] as const

/** The same numbers for each type, or each company. */
export function Breakdown({ title, groups }: BreakdownProps) {
  const { t, i18n } = useTranslation()
  const seconds = useSeconds()
  const rate = useRate()
  if (groups.length === 0) return null
  return (
    <Paper withBorder p="xs">
      <ScrollTable minWidth={440}>
        <Table verticalSpacing={2} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{title}</Table.Th>
              {heads.map((head) => (
                <Table.Th key={head} ta="right">
                  {t(`overview.${head}`)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {groups.map((group) => (
              <Table.Tr key={group.key}>
                <Table.Td>
                  <Link to="/tasks" search={group.behind}>
                    {group.name}
                  </Link>
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {group.total.toLocaleString(i18n.language)}
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  <Link to="/tasks" search={{ ...group.behind, state: 'FAILURE' }}>
                    {group.failed.toLocaleString(i18n.language)}
                  </Link>
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {rate(group.failure_rate)}
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {seconds(group.run?.p95)}
                </Table.Td>
                <Table.Td ta="right" className={classes.number}>
                  {seconds(group.wait?.p95)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
      {groups.length >= 20 && (
        <Text size="xs" c="dimmed">
          {t('overview.top', { count: groups.length })}
        </Text>
      )}
    </Paper>
  )
}
