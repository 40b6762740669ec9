import { Button, Group, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useRetentionDryRun, useRunRetention } from '../api/retention.js'
import { useMay } from '../api/session.js'
import type { Retention, RetentionDryRun } from '../api/types.js'
import { FactsList } from '../components/facts-list.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { Time } from '../components/time.js'
import { useKeepWords } from './keep-words.js'

/** Counts what is due, and then lets it be deleted: nobody deletes what they have not seen counted. */
export function DueTasks({ retention }: { readonly retention: Retention }) {
  const { t } = useTranslation()
  const mayRun = useMay('retention:run')
  const dryRun = useRetentionDryRun()
  const run = useRunRetention()
  const due = dryRun.data
  const goesOn = retention.runs[0]?.ended_at === null
  const start = () => {
    dryRun.reset()
    run.mutate()
  }
  return (
    <Stack gap="xs" align="stretch">
      <Group gap="xs">
        <Button size="xs" variant="default" loading={dryRun.isPending} onClick={() => dryRun.mutate()}>
          {t('retention.count')}
        </Button>
        {mayRun && due !== undefined && due.total > 0 && !goesOn && (
          <Button size="xs" color="red" loading={run.isPending} onClick={start}>
            {t('retention.run')}
          </Button>
        )}
      </Group>
      {dryRun.error && <Problem error={dryRun.error} />}
      {run.error && <Problem error={run.error} />}
      {due && <Due due={due} retention={retention} />}
    </Stack>
  )
}

function Due({ due, retention }: { readonly due: RetentionDryRun; readonly retention: Retention }) {
  const { t, i18n } = useTranslation()
  const keepWords = useKeepWords()
  const keepOf = (rule: number | null) => {
    if (rule === null) return t('retention.gone')
    return keepWords(retention.rules.find(({ number }) => number === rule)?.keep ?? retention.keep)
  }
  return (
    <>
      <Text size="sm" aria-live="polite">
        {t(due.more ? 'retention.dueMore' : 'retention.due', { count: due.total })}
      </Text>
      {due.groups.length > 0 && (
        <FactsList
          items={due.groups}
          keyOf={({ rule, state, task_type }) => JSON.stringify([rule, state, task_type])}
          minWidth={440}
          columns={[
            { name: t('column.type'), show: ({ task_type }) => task_type ?? '–' },
            {
              name: t('column.state'),
              show: ({ state }) => (state === null ? '–' : <StateBadge state={state} />),
            },
            { name: t('retention.kept'), show: ({ rule }) => keepOf(rule) },
            { name: t('nav.tasks'), show: ({ count }) => count.toLocaleString(i18n.language) },
            { name: t('retention.oldest'), show: ({ oldest }) => <Time at={oldest} /> },
          ]}
        />
      )}
    </>
  )
}
