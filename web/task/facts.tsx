import { SimpleGrid } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { KnownTask } from '../api/types.js'
import { Fact as PlainFact } from '../components/fact.js'
import { Duration, Time } from '../components/time.js'
import { companyOf, tookOf, waitedOf } from '../tasks/derived.js'
import type { Filters } from '../tasks/filters.js'
import { ProgressFacts } from './progress-facts.js'

/** What is known about a task at a glance; what others share with it leads to them. */
export function Facts({ task }: { readonly task: KnownTask }) {
  const { t } = useTranslation()
  const company = companyOf(task)
  return (
    <>
      <ProgressFacts task={task} />
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
        <Fact name={t('column.type')}>
          <Others of={{ task_type: task.task_type }} text={task.task_type_display} />
        </Fact>
        <Fact name={t('column.company')} source={task.sources.company_id}>
          {company !== '' && <Others of={{ company_id: company }} text={company} />}
        </Fact>
        <Fact name={t('column.queue')} source={task.sources.queue}>
          {task.queue && <Others of={{ queue: task.queue }} text={task.queue} />}
        </Fact>
        <Fact name={t('column.worker')} source={task.sources.worker}>
          {task.worker && <Others of={{ worker: task.worker }} text={task.worker} />}
        </Fact>
        <Fact name={t('column.waited')}>
          <Duration seconds={waitedOf(task)} />
        </Fact>
        <Fact name={t('column.took')}>
          <Duration seconds={task.runtime ?? tookOf(task)} />
        </Fact>
        <Fact name={t('column.created')} source={task.sources.created_at}>
          <Time at={task.created_at} />
        </Fact>
        <Fact name={t('column.started')} source={task.sources.started_at}>
          <Time at={task.started_at} />
        </Fact>
        <Fact name={t('column.finished')} source={task.sources.finished_at}>
          <Time at={task.finished_at} />
        </Fact>
        <Fact name={t('column.retries')} source={task.sources.retries}>
          {task.retries || null}
        </Fact>
        <Fact name={t('column.user')} source={task.sources.created_by_id}>
          {task.created_by_id}
        </Fact>
        <Fact name={t('detail.live')} source="result_backend">
          {task.live_state !== task.state && task.live_state}
        </Fact>
      </SimpleGrid>
    </>
  )
}

interface FactProps {
  readonly name: string
  readonly source?: KnownTask['sources'][string] | 'result_backend' | undefined
  readonly children: ReactNode
}

/** Where it comes from is said of what no event told. */
function Fact({ name, source, children }: FactProps) {
  const { t } = useTranslation()
  const from = source && t(`source.${source}`)
  return (
    <PlainFact name={from && source !== 'event' ? `${name} · ${from}` : name} title={from}>
      {children}
    </PlainFact>
  )
}

function Others({ of, text }: { readonly of: Filters; readonly text: string }) {
  return (
    <Link to="/tasks" search={of} title={text}>
      {text}
    </Link>
  )
}
