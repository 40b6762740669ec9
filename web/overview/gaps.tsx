import { Paper, Table, Text } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useGaps } from '../api/gaps.js'
import type { Gaps as GapsAnswer } from '../api/types.js'
import { ScrollTable } from '../components/scroll-table.js'
import { Time } from '../components/time.js'
import { useSeconds } from './figures.js'
import classes from './numbers.module.css'

const shown = 5

/** When events could not be heard lately, and what was repaired since. Nothing where nothing was missed. */
export function Gaps() {
  const { t } = useTranslation()
  const id = useId()
  const gaps = useGaps(shown).data?.gaps ?? []
  if (gaps.length === 0) return null
  return (
    <Paper withBorder p="xs">
      <ScrollTable minWidth={360}>
        <Table verticalSpacing={2} fz="sm" aria-labelledby={id}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th id={id}>{t('gaps.title')}</Table.Th>
              <Table.Th>{t('gaps.when')}</Table.Th>
              <Table.Th ta="right">{t('gaps.length')}</Table.Th>
              <Table.Th>{t('gaps.repaired')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {gaps.map((gap) => (
              <GapRow key={gap.id} gap={gap} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
    </Paper>
  )
}

function GapRow({ gap }: { readonly gap: GapsAnswer['gaps'][number] }) {
  const { t, i18n } = useTranslation()
  const seconds = useSeconds()
  const number = (value: number) => value.toLocaleString(i18n.language)
  return (
    <Table.Tr title={gap.note}>
      <Table.Td>
        {t(`gaps.kind.${gap.kind}`)}
        {gap.count !== null && (
          <Text span size="xs" c="dimmed">
            {' '}
            × {number(gap.count)}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Time at={gap.began_at} />
      </Table.Td>
      <Table.Td ta="right" className={classes.number}>
        {seconds(gap.seconds)}
      </Table.Td>
      <Table.Td>
        <Text span size="xs" c="dimmed">
          <Repaired gap={gap} />
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}

function Repaired({ gap }: { readonly gap: GapsAnswer['gaps'][number] }) {
  const { t } = useTranslation()
  const { healed, added, lost, at } = gap.repaired
  if (!gap.lossy) return t('gaps.nothingMissed')
  if (gap.kind === 'malformed') return null
  if (at === null) return t('gaps.notYet')
  const parts = [
    healed > 0 && t('gaps.healed', { count: healed }),
    added > 0 && t('gaps.added', { count: added }),
    lost > 0 && t('gaps.lost', { count: lost }),
  ].filter((part) => part !== false)
  return parts.length === 0 ? t('gaps.nothingToRepair') : parts.join(', ')
}
