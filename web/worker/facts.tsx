import { SimpleGrid } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { WorkerDetail } from '../api/types.js'
import { Fact } from '../components/fact.js'
import { decimalFormat } from '../components/formats.js'
import { duration, Time } from '../components/time.js'

/** What is known about a worker at a glance. */
export function Facts({ worker }: { readonly worker: WorkerDetail }) {
  const { t, i18n } = useTranslation()
  const { processes, concurrency, autoscale, prefetch, time_limits: limits, usage } = worker
  const number = (value: number | null) => value?.toLocaleString(i18n.language)
  const limited = Boolean(limits?.soft || limits?.hard)
  const grown = processes !== null && concurrency !== null && processes !== concurrency
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
      <Fact name={t('workers.pool')}>{worker.pool}</Fact>
      <Fact name={t(processes === null ? 'worker.concurrency' : 'worker.processes')}>
        {grown ? t('worker.processesOf', { processes, concurrency }) : number(processes ?? concurrency)}
      </Fact>
      <Fact name={t('worker.autoscale')}>{autoscale !== null && t('worker.range', autoscale)}</Fact>
      <Fact name={t('worker.prefetch')}>{prefetch === 0 ? t('worker.noLimit') : number(prefetch)}</Fact>
      <Fact name={t('workers.active')}>{number(worker.active)}</Fact>
      <Fact name={t('workers.processed')}>{number(worker.processed)}</Fact>
      <Fact name={t('workers.load')}>{worker.loadavg?.map((load) => load.toFixed(2)).join(' · ')}</Fact>
      <Fact name={t('workers.version')}>{worker.version}</Fact>
      <Fact name={t('worker.system')}>{worker.system}</Fact>
      <Fact name={t('worker.pid')}>{worker.pid}</Fact>
      <Fact name={t('worker.started')}>{worker.started_at !== null && <Time at={worker.started_at} />}</Fact>
      <Fact name={t('worker.restarts')}>{number(worker.restarts)}</Fact>
      <Fact name={t('worker.firstSeen')}>
        <Time at={worker.first_seen_at} />
      </Fact>
      <Fact name={t('worker.idle')}>{worker.idle_since !== null && <Time at={worker.idle_since} />}</Fact>
      <Fact name={t('worker.maxTasks')}>{worker.max_tasks_per_child}</Fact>
      <Fact name={t('worker.timeLimits')}>
        {limited && t('worker.limit', { soft: limits?.soft || '–', hard: limits?.hard || '–' })}
      </Fact>
      <Fact name={t('worker.cpu')}>
        {usage !== null && duration((usage.user_seconds ?? 0) + (usage.system_seconds ?? 0), i18n.language)}
      </Fact>
      <Fact name={t('worker.memory')}>
        {usage?.max_rss != null && memory(usage.max_rss, worker.system, i18n.language)}
      </Fact>
    </SimpleGrid>
  )
}

/** `getrusage` counts kB on Linux, bytes on macOS. */
function memory(maxRss: number, system: string | null, language: string): string {
  const bytes = system === 'Darwin' ? maxRss : maxRss * 1024
  return `${decimalFormat(language, 0).format(bytes / 1024 / 1024)} MiB`
}
