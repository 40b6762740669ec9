import { Checkbox, Table } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Worker } from '../api/types.js'
import { LoadMore } from '../components/load-more.js'
import { useNarrow } from '../components/narrow.js'
import { ScrollTable } from '../components/scroll-table.js'
import { WorkerCard } from './worker-card.js'
import { WorkerRow } from './worker-row.js'
import classes from './workers.module.css'

const heads = ['name', 'status', 'queues', 'pool'] as const
const numbers = ['active', 'processed', 'load'] as const
/** Workers drawn at first, and with each "Load more": there may be thousands. */
const pageSize = 100

interface WorkerTableProps {
  readonly workers: readonly Worker[]
  readonly selected: ReadonlySet<string>
  readonly onSelect: (selected: ReadonlySet<string>) => void
}

export function WorkerTable({ workers, selected, onSelect }: WorkerTableProps) {
  const { t } = useTranslation()
  const narrow = useNarrow()
  const [most, setMost] = useState(pageSize)
  const shown = workers.slice(0, most)
  const all = shown.length > 0 && shown.every(({ name }) => selected.has(name))
  const item = (worker: Worker) => ({
    worker,
    selected: selected.has(worker.name),
    select: (on: boolean) => {
      const next = new Set(selected)
      if (on) next.add(worker.name)
      else next.delete(worker.name)
      onSelect(next)
    },
  })
  return (
    <>
      {narrow ? (
        <ul className={classes.cards}>
          {shown.map((worker) => (
            <WorkerCard key={worker.name} {...item(worker)} />
          ))}
        </ul>
      ) : (
        <ScrollTable minWidth={900}>
          <Table verticalSpacing={4} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={30}>
                  <Checkbox
                    size="xs"
                    aria-label={t('select.loaded')}
                    checked={all}
                    onChange={() => onSelect(new Set(all ? [] : shown.map(({ name }) => name)))}
                  />
                </Table.Th>
                {heads.map((head) => (
                  <Table.Th key={head}>{t(`workers.${head}`)}</Table.Th>
                ))}
                {numbers.map((head) => (
                  <Table.Th key={head} ta="right">
                    {t(`workers.${head}`)}
                  </Table.Th>
                ))}
                <Table.Th>{t('workers.version')}</Table.Th>
                <Table.Th>{t('workers.seen')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((worker) => (
                <WorkerRow key={worker.name} {...item(worker)} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
      {workers.length > most && <LoadMore onLoad={() => setMost(most + pageSize)} />}
    </>
  )
}
