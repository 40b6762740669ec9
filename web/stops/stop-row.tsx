import { Button, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Stop } from '../api/types.js'
import { StateBadge } from '../components/state-badge.js'
import { Time } from '../components/time.js'
import { StopSentence } from './stop-sentence.js'

export interface StopItemProps {
  readonly stop: Stop
  /** Absent for those who may not. */
  readonly cancel: (() => void) | undefined
}

/** One stop; its evidence unfolds. */
export function StopRow({ stop, cancel }: StopItemProps) {
  const { t } = useTranslation()
  return (
    <Table.Tr>
      <Table.Td>
        <StateBadge state={stop.status} />
      </Table.Td>
      <Table.Td>{stop.mode === 'hard' ? t('stop.hardShort') : t('stop.softShort')}</Table.Td>
      <Table.Td>
        <Link to="/tasks/$taskId" params={{ taskId: stop.task_id }}>
          <Text span size="xs" ff="monospace">
            {stop.task_id.slice(0, 13)}
          </Text>
        </Link>
      </Table.Td>
      <Table.Td>{stop.requested_by}</Table.Td>
      <Table.Td>
        <Time at={stop.requested_at} />
      </Table.Td>
      <Table.Td>
        <StopSentence stop={stop} />
      </Table.Td>
      <Table.Td>
        {cancel && (stop.status === 'armed' || stop.status === 'requested') && (
          <Button size="compact-xs" variant="default" onClick={cancel}>
            {t('stop.cancel')}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  )
}
