import { Paper, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../api/types.js'
import type { Filters } from '../tasks/filters.js'
import classes from './numbers.module.css'
import { useSeconds } from './use-seconds.js'

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
  if (groups.length === 0) return null
  const rate = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 })
  return (
    <Paper withBorder p="xs">
      <Table.ScrollContainer minWidth={440} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
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
                  {group.failure_rate === null ? '–' : rate.format(group.failure_rate)}
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
      </Table.ScrollContainer>
      {groups.length >= 20 && (
        <Text size="xs" c="dimmed">
          {t('overview.top', { count: groups.length })}
        </Text>
      )}
    </Paper>
  )
}
