import { Skeleton, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useQueues } from '../api/queues.js'
import type { Queues } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { LoadMore } from '../components/load-more.js'
import { useNarrow } from '../components/narrow.js'
import { Page } from '../components/page.js'
import { Problem } from '../components/problem.js'
import { ScrollTable } from '../components/scroll-table.js'
import { counts } from './counts.js'
import { QueueCard } from './queue-card.js'
import { QueueRow } from './queue-row.js'
import classes from './queues-page.module.css'

/** Queues shown at first, and with each "Load more": there may be thousands. */
const pageSize = 100

/** The queues: what waits in each, who consumes it, and the tasks behind the numbers. */
export function QueuesPage() {
  const { t } = useTranslation()
  const { data, error, refetch } = useQueues()
  return (
    <Page title={t('nav.queues')}>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={300} />}
      {data !== undefined && <Notes queues={data} />}
      {data?.queues.length === 0 && <Empty title={t('queues.none')} hint={t('queues.noneHint')} />}
      {data !== undefined && data.queues.length > 0 && <QueueList queues={data} />}
    </Page>
  )
}

/** What is said of all queues together. */
function Notes({ queues }: { readonly queues: Queues }) {
  const { t } = useTranslation()
  const { delayed, silent_workers: silent, more, problem } = queues
  const notes = [
    ...(delayed === null || delayed === 0 ? [] : [t('queues.delayed', { count: delayed })]),
    ...(silent.length === 0 ? [] : [t('queues.silent', { count: silent.length })]),
    ...(more ? [t('queues.more')] : []),
  ]
  return (
    <>
      {notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
      {problem !== null && (
        <Text size="sm" c="dimmed">
          {t('queues.oneByOne')} <span lang="en">{problem}</span>
        </Text>
      )}
    </>
  )
}

function QueueList({ queues: { queues, silent_workers: silent } }: { readonly queues: Queues }) {
  const { t } = useTranslation()
  const narrow = useNarrow()
  const [most, setMost] = useState(pageSize)
  const shown = queues.slice(0, most)
  const anySilent = silent.length > 0
  const withHeld = queues.some(({ unacknowledged }) => unacknowledged !== null)
  return (
    <>
      {narrow ? (
        <Stack gap="xs" component="ul" className={classes.cards}>
          {shown.map((queue) => (
            <QueueCard key={queue.name} queue={queue} anySilent={anySilent} withHeld={withHeld} />
          ))}
        </Stack>
      ) : (
        <ScrollTable minWidth={960}>
          <Table verticalSpacing={4} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('queues.name')}</Table.Th>
                {counts.map((count) => (
                  <Table.Th key={count} ta="right" className={classes.number}>
                    {t(`queues.${count}`)}
                  </Table.Th>
                ))}
                {withHeld && (
                  <Table.Th ta="right" className={classes.number}>
                    {t('queue.unacknowledged')}
                  </Table.Th>
                )}
                <Table.Th>{t('queues.trend')}</Table.Th>
                <Table.Th>{t('queues.oldest')}</Table.Th>
                <Table.Th>{t('queues.rates')}</Table.Th>
                <Table.Th>{t('queues.consumers')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((queue) => (
                <QueueRow key={queue.name} queue={queue} anySilent={anySilent} withHeld={withHeld} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
      {queues.length > most && <LoadMore onLoad={() => setMost(most + pageSize)} />}
    </>
  )
}
