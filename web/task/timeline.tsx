import { Badge, Timeline as MantineTimeline, Paper, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import { duration, useExactTime } from '../components/time.js'
import classes from './timeline.module.css'

type Entry = KnownTask['timeline'][number]

const colors: Readonly<Record<string, string>> = {
  'task-succeeded': 'green',
  'task-failed': 'red',
  'task-retried': 'yellow',
  'task-rejected': 'red',
  'task-revoked': 'violet',
  'stop-requested': 'violet',
  'reconcile-result': 'green',
  'reconcile-lost': 'orange',
  'reconcile-failed': 'red',
  gap: 'gray',
}

/** A pause between two entries that is worth a word, in ms. */
const longPauseMs = 1000

/** What happened to a task, in order. */
export function Timeline({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const { timeline: entries, attempts } = task
  const redelivered = new Set(attempts.filter((run) => run.redelivered).map((run) => run.received_at))
  return (
    <Paper withBorder p="sm">
      <Text size="xs" c="dimmed" mb="sm">
        {t('detail.timeline')}
      </Text>
      <MantineTimeline bulletSize={12} lineWidth={2} active={entries.length}>
        {entries.map((entry, index) => (
          // The list only grows at its end.
          // biome-ignore lint/suspicious/noArrayIndexKey: entries have no name of their own
          <MantineTimeline.Item key={index} className={classes.entry} color={colors[entry.type] ?? 'cyan'}>
            <EntryText
              entry={entry}
              before={entries[index - 1]}
              redelivered={entry.type === 'task-received' && redelivered.has(entry.at)}
            />
          </MantineTimeline.Item>
        ))}
      </MantineTimeline>
    </Paper>
  )
}

interface EntryTextProps {
  readonly entry: Entry
  readonly before: Entry | undefined
  readonly redelivered: boolean
}

function EntryText({ entry, before, redelivered }: EntryTextProps) {
  const { t, i18n } = useTranslation()
  const exact = useExactTime()
  const since = before?.at && entry.at ? Date.parse(entry.at) - Date.parse(before.at) : 0
  const where = [entry.worker, entry.pid && `pid ${String(entry.pid)}`].filter(isText)
  return (
    <>
      <Text size="sm" component="div">
        {t(`event.${entry.type}`, { defaultValue: entry.type })}
        {redelivered && (
          <Badge size="xs" color="yellow" ml={6}>
            {t('attempt.redelivered')}
          </Badge>
        )}
      </Text>
      <Text size="xs" c="dimmed">
        {entry.at !== null && exact(entry.at)}
        {since >= longPauseMs && ` (+${duration(since / 1000, i18n.language)})`}
        {where.length > 0 && ` · ${where.join(' · ')}`}
      </Text>
      {[entry.exception, entry.note].filter(isText).map((text) => (
        <Text key={text} size="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
          {text}
        </Text>
      ))}
    </>
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
