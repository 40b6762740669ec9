import { Checkbox, Table } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Time } from '../components/time.js'
import {
  WorkerActive,
  type WorkerItemProps,
  WorkerName,
  WorkerPool,
  WorkerQueues,
  WorkerStatus,
} from './worker-parts.js'
import classes from './workers.module.css'

export interface SelectableProps extends WorkerItemProps {
  readonly selected: boolean
  readonly select: (selected: boolean) => void
}

/** One worker on a desk's screen. */
export function WorkerRow({ worker, selected, select }: SelectableProps) {
  const { t, i18n } = useTranslation()
  const { name, processed, loadavg, version } = worker
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          size="xs"
          aria-label={t('select.one', { name })}
          checked={selected}
          onChange={(event) => select(event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <WorkerName worker={worker} />
      </Table.Td>
      <Table.Td className={classes.status}>
        <WorkerStatus worker={worker} />
      </Table.Td>
      <Table.Td>
        <WorkerQueues worker={worker} />
      </Table.Td>
      <Table.Td className={classes.number}>
        <WorkerPool worker={worker} />
      </Table.Td>
      <Table.Td ta="right" className={classes.number}>
        <WorkerActive worker={worker} />
      </Table.Td>
      <Table.Td ta="right" className={classes.number}>
        {processed?.toLocaleString(i18n.language)}
      </Table.Td>
      <Table.Td ta="right" className={classes.number}>
        {loadavg?.[0]?.toFixed(2)}
      </Table.Td>
      <Table.Td>{version}</Table.Td>
      <Table.Td className={classes.number}>
        <Time at={worker.last_seen_at} />
      </Table.Td>
    </Table.Tr>
  )
}
