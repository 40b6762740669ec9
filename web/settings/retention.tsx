import { Skeleton, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useRetention } from '../api/retention.js'
import type { Retention as RetentionAnswer } from '../api/types.js'
import { FactsList } from '../components/facts-list.js'
import { Problem } from '../components/problem.js'
import { Time } from '../components/time.js'
import { DueTasks } from './due-tasks.js'
import { useKeepWords } from './keep-words.js'

/** How long tasks are kept, what was deleted last, and what would be now. */
export function Retention() {
  const { t } = useTranslation()
  const { data, error, refetch } = useRetention()
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t('retention.title')}
      </Title>
      <Text size="xs" c="dimmed">
        {t('retention.hint')}
      </Text>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={80} />}
      {data && (
        <>
          <Rules retention={data} />
          <LastRun retention={data} />
          {data.next_run_at !== null && <DueTasks retention={data} />}
        </>
      )}
    </Stack>
  )
}

function Rules({ retention }: { readonly retention: RetentionAnswer }) {
  const { t } = useTranslation()
  const keepWords = useKeepWords()
  const { rules, keep, stops, attached, archive } = retention
  const rows = [
    ...rules.map((rule) => ({ key: String(rule.number), which: <RuleWords rule={rule} />, keep: rule.keep })),
    { key: '0', which: t(rules.length === 0 ? 'retention.finished' : 'retention.otherFinished'), keep },
    { key: 'stops', which: t('retention.endedStops'), keep: stops },
  ]
  return (
    <>
      <FactsList
        items={rows}
        keyOf={({ key }) => key}
        minWidth={320}
        columns={[
          { name: t('retention.which'), show: ({ which }) => which },
          { name: t('retention.kept'), show: (row) => keepWords(row.keep) },
        ]}
      />
      {attached && <Text size="xs">{t('retention.attached')}</Text>}
      {archive !== null && (
        <Text size="xs">
          {t('retention.archive')} <code>{archive}</code>
        </Text>
      )}
    </>
  )
}

function RuleWords({ rule }: { readonly rule: RetentionAnswer['rules'][number] }) {
  const { t } = useTranslation()
  const { states, task_types: types, tenants, companies } = rule
  const parts = [
    states === null ? t('retention.finished') : states.map((state) => t(`state.${state}`)).join(', '),
    types && t('retention.ofType', { names: types.join(', ') }),
    tenants && t('retention.ofTenant', { names: tenants.join(', ') }),
    companies && t('retention.ofCompany', { names: companies.join(', ') }),
  ]
  return <>{parts.filter((part) => part !== null).join(' · ')}</>
}

function LastRun({ retention: { runs, next_run_at: next } }: { readonly retention: RetentionAnswer }) {
  const { t } = useTranslation()
  const [last] = runs
  if (next === null) return <Text size="sm">{t('retention.never')}</Text>
  return (
    <Stack gap={0}>
      {last && (
        <Text size="sm">
          {t('retention.lastRun')} <Time at={last.started_at} />:{' '}
          {t('retention.deleted', { count: last.deleted, stops: last.stops })}
          {last.archived.tasks > 0 && `, ${t('retention.archived', { count: last.archived.tasks })}`}
          {last.ended_at === null && ` · ${t('retention.goesOn')}`}
        </Text>
      )}
      {last && last.problem !== null && (
        <Text size="xs" c="var(--mantine-color-error)" lang="en">
          {last.problem}
        </Text>
      )}
      {last?.ended_at !== null && (
        <Text size="xs" c="dimmed">
          {t('retention.nextRun')} <Time at={next} />
        </Text>
      )}
    </Stack>
  )
}
