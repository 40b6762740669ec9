import { Button, Group, Skeleton } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useWorkers } from '../api/workers.js'
import { Empty } from '../components/empty.js'
import { Page } from '../components/page.js'
import { Problem } from '../components/problem.js'
import { SearchInput } from '../components/search-input.js'
import { ControlDialog } from './control-dialog.js'
import { StatusTabs } from './status-tabs.js'
import { WorkerTable } from './worker-table.js'

/** The workers: who is there, who is gone and why, and commands to several at once. */
export function WorkersPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/workers' })
  const { data, error, refetch } = useWorkers(search)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [commanding, setCommanding] = useState(false)
  const mayControl = useMay('workers:control')
  const chosen = (data?.workers ?? []).map(({ name }) => name).filter((name) => selected.has(name))
  const isFiltered = search.search !== undefined || search.status !== undefined
  return (
    <Page
      title={t('nav.workers')}
      aside={
        <Group gap="xs">
          <SearchInput
            label={t('workers.filter')}
            text={search.search}
            onSearch={(text) =>
              void navigate({ to: '/workers', search: { ...search, search: text }, replace: true })
            }
          />
          {mayControl && (
            <Button size="xs" disabled={chosen.length === 0} onClick={() => setCommanding(true)}>
              {chosen.length === 0 ? t('control.open') : t('control.openMany', { count: chosen.length })}
            </Button>
          )}
        </Group>
      }
    >
      {data !== undefined && <StatusTabs counts={data.counts} />}
      {error && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={300} />}
      {data?.workers.length === 0 && data.folded === 0 && (
        <Empty
          title={isFiltered ? t('workers.noMatch') : t('workers.none')}
          hint={isFiltered ? t('workers.noMatchHint') : t('workers.noneHint')}
        />
      )}
      {data !== undefined && data.workers.length > 0 && (
        <WorkerTable workers={data.workers} selected={selected} onSelect={setSelected} />
      )}
      {data !== undefined && data.folded > 0 && search.gone !== 'all' && (
        <Button
          size="xs"
          variant="default"
          style={{ alignSelf: 'center' }}
          onClick={() => void navigate({ to: '/workers', search: { ...search, gone: 'all' } })}
        >
          {t('workers.folded', { count: data.folded })}
        </Button>
      )}
      {commanding && <ControlDialog workers={chosen} command="ping" onClose={() => setCommanding(false)} />}
    </Page>
  )
}
