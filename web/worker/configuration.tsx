import { Paper, Table, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { WorkerDetail } from '../api/types.js'
import { ScrollTable } from '../components/scroll-table.js'
import classes from '../workers/workers.module.css'

/** What its configuration sets; the server has masked the secrets. */
export function Configuration({ settings }: { readonly settings: WorkerDetail['settings'] }) {
  const { t } = useTranslation()
  const entries = Object.entries(settings ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))
  return (
    <Paper withBorder p="xs">
      <Text size="xs" c="dimmed" mb={4} component="h2" fw={400}>
        {t('worker.settings')}
      </Text>
      {settings === null && <Text size="sm">{t('worker.untold')}</Text>}
      {entries.length > 0 && (
        <ScrollTable minWidth={300}>
          <Table verticalSpacing={2} fz="xs" className={classes.settings}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('worker.setting')}</Table.Th>
                <Table.Th>{t('worker.value')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Td>{name}</Table.Td>
                  <Table.Td ff="monospace">
                    {typeof value === 'string' ? value : JSON.stringify(value)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
    </Paper>
  )
}
