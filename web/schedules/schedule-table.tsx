import { Paper, SimpleGrid, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schedule } from '../api/types.js'
import { LoadMore } from '../components/load-more.js'
import { useNarrow } from '../components/narrow.js'
import { ScrollTable } from '../components/scroll-table.js'
import {
  type ScheduleItemProps,
  ScheduleLastRun,
  ScheduleName,
  ScheduleNextRun,
  ScheduleStatus,
  ScheduleTask,
  ScheduleWhen,
} from './schedule-parts.js'
import classes from './schedules.module.css'

/** Entries drawn at first, and with each "Load more": there may be thousands. */
const pageSize = 100

const heads = ['name', 'status', 'task', 'when', 'lastRun', 'nextRun'] as const

export function ScheduleTable({ schedules }: { readonly schedules: readonly Schedule[] }) {
  const { t } = useTranslation()
  const narrow = useNarrow()
  const [most, setMost] = useState(pageSize)
  const shown = schedules.slice(0, most)
  return (
    <>
      {narrow ? (
        <ul className={classes.cards}>
          {shown.map((schedule) => (
            <ScheduleCard key={keyOf(schedule)} schedule={schedule} />
          ))}
        </ul>
      ) : (
        <ScrollTable minWidth={960}>
          <Table verticalSpacing={4} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {heads.map((head) => (
                  <Table.Th key={head}>{t(`schedules.${head}`)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody className={classes.rows}>
              {shown.map((schedule) => (
                <ScheduleRow key={keyOf(schedule)} schedule={schedule} />
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
      {schedules.length > most && <LoadMore onLoad={() => setMost(most + pageSize)} />}
    </>
  )
}

/** Two applications on one broker may have entries of one name. */
function keyOf({ name, task, source, workers }: Schedule): string {
  return JSON.stringify([name, task, source, workers[0]])
}

function ScheduleRow({ schedule }: ScheduleItemProps) {
  return (
    <Table.Tr>
      <Table.Td className={classes.wide}>
        <ScheduleName schedule={schedule} />
      </Table.Td>
      <Table.Td className={classes.status}>
        <ScheduleStatus schedule={schedule} />
      </Table.Td>
      <Table.Td className={classes.wide}>
        <ScheduleTask schedule={schedule} />
      </Table.Td>
      <Table.Td>
        <ScheduleWhen schedule={schedule} />
      </Table.Td>
      <Table.Td className={classes.time}>
        <ScheduleLastRun schedule={schedule} />
      </Table.Td>
      <Table.Td className={classes.next}>
        <ScheduleNextRun schedule={schedule} />
      </Table.Td>
    </Table.Tr>
  )
}

function ScheduleCard({ schedule }: ScheduleItemProps) {
  const { t } = useTranslation()
  const facts = [
    ['task', <ScheduleTask key="task" schedule={schedule} />],
    ['when', <ScheduleWhen key="when" schedule={schedule} />],
    ['lastRun', <ScheduleLastRun key="lastRun" schedule={schedule} />],
    ['nextRun', <ScheduleNextRun key="nextRun" schedule={schedule} />],
  ] as const
  return (
    <Paper withBorder p="xs" component="li">
      <Stack gap={6}>
        <ScheduleName schedule={schedule} />
        <div>
          <ScheduleStatus schedule={schedule} />
        </div>
        <SimpleGrid cols={2} spacing="xs" verticalSpacing={6}>
          {facts.map(([fact, value]) => (
            <div key={fact} className={classes.fact}>
              <Text size="xs" c="dimmed">
                {t(`schedules.${fact}`)}
              </Text>
              <Text size="sm" component="div">
                {value}
              </Text>
            </div>
          ))}
        </SimpleGrid>
      </Stack>
    </Paper>
  )
}
