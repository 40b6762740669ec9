import { ActionIcon, Badge, Group } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Live } from '../api/live-tasks.js'
import { IconPlayerPause, IconPlayerPlay } from '../components/icons.js'

interface LiveSwitchProps {
  readonly live: Live
  readonly paused: boolean
  readonly onPause: (paused: boolean) => void
}

/** Whether the list follows what happens, and the switch for it. */
export function LiveSwitch({ live, paused, onPause }: LiveSwitchProps) {
  const { t } = useTranslation()
  const [color, word] = paused
    ? ['gray', t('list.paused')]
    : live.connected
      ? ['teal', t('list.live')]
      : ['orange', t('list.offline')]
  return (
    <Group gap={4} wrap="nowrap">
      <Badge size="sm" variant="dot" color={color} visibleFrom="sm">
        {word}
      </Badge>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={paused ? t('list.resume') : t('list.pause')}
        onClick={() => onPause(!paused)}
      >
        {paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
      </ActionIcon>
    </Group>
  )
}
