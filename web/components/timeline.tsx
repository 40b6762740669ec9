import { Timeline as MantineTimeline, Paper, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import { Time } from './time.js'

const colors: Readonly<Record<string, string>> = {
  'task-succeeded': 'green',
  'task-failed': 'red',
  'task-retried': 'yellow',
  'task-revoked': 'violet',
  'stop-requested': 'violet',
}

/** What happened to a task, in order. */
export function Timeline({ entries }: { readonly entries: KnownTask['timeline'] }) {
  const { t } = useTranslation()
  return (
    <Paper withBorder p="sm">
      <Text size="xs" c="dimmed" mb="sm">
        {t('detail.timeline')}
      </Text>
      <MantineTimeline bulletSize={12} lineWidth={2} active={entries.length}>
        {keyed(entries).map(({ entry, key }) => (
          <MantineTimeline.Item
            key={key}
            color={colors[entry.type] ?? 'cyan'}
            title={<Text size="sm">{entry.type}</Text>}
          >
            <Text size="xs" c="dimmed">
              <Time at={entry.at} /> {typeof entry.worker === 'string' ? `· ${entry.worker}` : ''}
            </Text>
            {[entry.exception, entry.note].map(
              (text) =>
                typeof text === 'string' && (
                  <Text key={text} size="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                    {text}
                  </Text>
                ),
            )}
          </MantineTimeline.Item>
        ))}
      </MantineTimeline>
    </Paper>
  )
}

/** Entries have no id of their own; the list only grows at its end. */
function keyed(entries: KnownTask['timeline']) {
  return entries.map((entry, index) => ({ entry, key: `${index} ${entry.type}` }))
}
