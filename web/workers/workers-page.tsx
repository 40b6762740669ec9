import { Button, Group, Skeleton, Stack, TextInput, Title } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useWorkers } from '../api/workers.js'
import { Empty } from '../components/empty.js'
import { IconSearch } from '../components/icons.js'
import { Problem } from '../components/problem.js'
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
  const find = useDebouncedCallback(
    (text: string) =>
      void navigate({ to: '/workers', search: { ...search, search: text || undefined }, replace: true }),
    200,
  )
  const chosen = (data?.workers ?? []).map(({ name }) => name).filter((name) => selected.has(name))
  const isFiltered = search.search !== undefined || search.status !== undefined
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="xs" pb="md">
        <Group justify="space-between">
          <Title order={1} size="h4">
            {t('nav.workers')}
          </Title>
          <Group gap="xs">
            <TextInput
              size="xs"
              aria-label={t('workers.filter')}
              placeholder={t('workers.filter')}
              leftSection={<IconSearch size={14} />}
              defaultValue={search.search ?? ''}
              onChange={(event) => find(event.currentTarget.value)}
            />
            {mayControl && (
              <Button size="xs" disabled={chosen.length === 0} onClick={() => setCommanding(true)}>
                {chosen.length === 0 ? t('control.open') : t('control.openMany', { count: chosen.length })}
              </Button>
            )}
          </Group>
        </Group>
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
      </Stack>
      {commanding && <ControlDialog workers={chosen} command="ping" onClose={() => setCommanding(false)} />}
    </div>
  )
}
