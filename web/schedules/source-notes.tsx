import { Alert, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Schedules } from '../api/types.js'

/** What could not be read, and why. That an application does without Django's tables is nothing to be told of. */
export function SourceNotes({ data: { sources, total } }: { readonly data: Schedules }) {
  const { t } = useTranslation()
  const { tables, workers } = sources
  const isMissed = tables.state === 'unreadable' || (total === 0 && tables.state === 'absent')
  const notes = [
    ...(workers.silent.length === 0
      ? []
      : [
          t('schedules.silent', {
            count: workers.silent.length,
            workers: workers.silent.slice(0, 3).join(', '),
          }),
        ]),
    ...(workers.unasked === 0 ? [] : [t('schedules.unasked', { count: workers.unasked })]),
    ...(tables.more ? [t('schedules.tablesMore')] : []),
  ]
  return (
    <>
      {isMissed && tables.problem !== null && <Unread text={tables.problem} />}
      {workers.problem !== null && <Unread text={workers.problem} />}
      {notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
    </>
  )
}

function Unread({ text }: { readonly text: string }) {
  return (
    <Alert color="yellow" variant="light" lang="en">
      {text}
    </Alert>
  )
}
