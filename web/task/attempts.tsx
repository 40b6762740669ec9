import { Badge, Paper, Table, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import { ScrollTable } from '../components/scroll-table.js'
import { Duration, Time } from '../components/time.js'

/** The runs of a task, where there was more than one. */
export function Attempts({ attempts }: { readonly attempts: KnownTask['attempts'] }) {
  const { t } = useTranslation()
  if (attempts.length < 2) return null
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed" mb={4}>
        {t('detail.attempts')}
      </Text>
      <ScrollTable minWidth={420}>
        <Table verticalSpacing={2} fz="xs">
          <Table.Tbody>
            {attempts.map((attempt) => (
              <Table.Tr key={attempt.number}>
                <Table.Td>{attempt.number}</Table.Td>
                <Table.Td>{attempt.worker}</Table.Td>
                <Table.Td>
                  <Time at={attempt.started_at ?? attempt.received_at} />
                </Table.Td>
                <Table.Td>
                  <Duration seconds={attempt.runtime} />
                </Table.Td>
                <Table.Td>
                  {attempt.outcome === null ? t('attempt.open') : t(`event.${attempt.outcome}`)}
                  {attempt.redelivered && (
                    <Badge size="xs" color="yellow" ml={4}>
                      {t('attempt.redelivered')}
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td>{attempt.exception}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
    </Paper>
  )
}
