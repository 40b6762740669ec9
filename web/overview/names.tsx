import { Paper, Table } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { Overview } from '../api/types.js'
import { ScrollTable } from '../components/scroll-table.js'
import type { Filters } from '../tasks/filters.js'
import { Change } from './change.js'
import { useRate, useSeconds } from './figures.js'
import classes from './numbers.module.css'

interface NamesProps<Names> {
  readonly names: Names
  readonly behind: Filters
}

/** The task names that take longest. */
export function SlowestNames({ names, behind }: NamesProps<Overview['slowest']>) {
  const { t, i18n } = useTranslation()
  const seconds = useSeconds()
  if (names.length === 0) return null
  return (
    <NameTable title={t('overview.slowest')} heads={[t('overview.tasks'), 'p50', 'p95']}>
      {names.map(({ task_name: name, total, run, previous_run_p95: before }) => (
        <Table.Tr key={name}>
          <Table.Td>
            <Link to="/tasks" search={{ ...behind, task_name: name }}>
              {name}
            </Link>
          </Table.Td>
          <Table.Td ta="right" className={classes.number}>
            {total.toLocaleString(i18n.language)}
          </Table.Td>
          <Table.Td ta="right" className={classes.number}>
            {seconds(run.p50)}
          </Table.Td>
          <Table.Td ta="right" className={classes.number}>
            {seconds(run.p95)}
            <Change now={run.p95} before={before} moreIsBad />
          </Table.Td>
        </Table.Tr>
      ))}
    </NameTable>
  )
}

/** The task names that fail most. */
export function FailingNames({ names, behind }: NamesProps<Overview['failing']>) {
  const { t, i18n } = useTranslation()
  const rate = useRate()
  if (names.length === 0) return null
  return (
    <NameTable title={t('overview.failing')} heads={[t('overview.failed'), t('overview.failureRate')]}>
      {names.map(({ task_name: name, failed, failure_rate, previous_failed: before }) => (
        <Table.Tr key={name}>
          <Table.Td>
            <Link to="/tasks" search={{ ...behind, task_name: name, state: 'FAILURE' }}>
              {name}
            </Link>
          </Table.Td>
          <Table.Td ta="right" className={classes.number}>
            {failed.toLocaleString(i18n.language)}
            <Change now={failed} before={before} moreIsBad />
          </Table.Td>
          <Table.Td ta="right" className={classes.number}>
            {rate(failure_rate)}
          </Table.Td>
        </Table.Tr>
      ))}
    </NameTable>
  )
}

interface NameTableProps {
  readonly title: string
  readonly heads: readonly string[]
  readonly children: ReactNode
}

function NameTable({ title, heads, children }: NameTableProps) {
  const id = useId()
  return (
    <Paper withBorder p="xs">
      <ScrollTable minWidth={360}>
        <Table verticalSpacing={2} fz="sm" aria-labelledby={id}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th id={id}>{title}</Table.Th>
              {heads.map((head) => (
                <Table.Th key={head} ta="right">
                  {head}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </ScrollTable>
    </Paper>
  )
}
