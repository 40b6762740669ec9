import { Button, Group, Paper, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Selected } from './selection.js'

interface SelectionBarProps {
  readonly selected: Selected
  /** Tasks that are loaded, and that match. */
  readonly loaded: number
  readonly matching: number
  readonly onStop: () => void
}

/** What is ticked, and what can be done with it. */
export function SelectionBar({ selected, loaded, matching, onStop }: SelectionBarProps) {
  const { t } = useTranslation()
  const count = selected.all ? matching : selected.ids.size
  if (count === 0) return null
  return (
    <Paper withBorder px="sm" py={6} aria-live="polite">
      <Group gap="sm">
        <Text size="sm" fw={600}>
          {t('select.count', { count })}
        </Text>
        {!selected.all && selected.ids.size >= loaded && matching > loaded && (
          <Button size="compact-xs" variant="subtle" onClick={selected.takeMatching}>
            {t('select.matching', { count: matching })}
          </Button>
        )}
        <Button size="compact-xs" variant="subtle" color="gray" onClick={selected.clear}>
          {t('select.clear')}
        </Button>
        <Button size="compact-xs" color="red" ml="auto" onClick={onStop}>
          {t('select.stop')}
        </Button>
      </Group>
    </Paper>
  )
}
