import { Group, Progress, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'

/** How far it is, as it told itself. */
export function ProgressFacts({ task }: { readonly task: KnownTask }) {
  const { t, i18n } = useTranslation()
  const { done, total, percent, by_category: categories } = task
  if (percent === null && done === null) return null
  const parts = typeof categories === 'object' && categories !== null ? Object.entries(categories) : []
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text size="sm">
          {t('detail.progress', {
            done: (done ?? 0).toLocaleString(i18n.language),
            total: total === null ? '?' : total.toLocaleString(i18n.language),
          })}
        </Text>
        {percent !== null && <Text size="sm">{percent} %</Text>}
      </Group>
      {percent !== null && <Progress value={percent} aria-label={t('detail.progressLabel')} />}
      {parts.length > 0 && (
        <Text size="xs" c="dimmed">
          {parts.map(([name, count]) => `${name}: ${String(count)}`).join(' · ')}
        </Text>
      )}
    </Stack>
  )
}
