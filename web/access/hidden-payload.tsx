import { Group, Paper, Text } from '@mantine/core'
import i18next from 'i18next'
import { useTranslation } from 'react-i18next'
import { IconLock } from '../components/icons.js'

/** Stands for arguments, results, errors and tracebacks that are there and not for this reader. */
export function HiddenPayload() {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="sm">
      <Group gap="xs" wrap="nowrap" c="dimmed">
        <IconLock size={16} style={{ flexShrink: 0 }} aria-hidden />
        <Text size="sm">{t('payload.hidden')}</Text>
      </Group>
    </Paper>
  )
}

/** The same in a cell of a list. */
export function HiddenCell() {
  const words = i18next.t('payload.hidden')
  return (
    <span title={words} role="img" aria-label={words}>
      <IconLock size={14} color="var(--mantine-color-dimmed)" aria-hidden />
    </span>
  )
}
