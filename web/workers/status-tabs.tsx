import { Button, Group } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { workerStatuses } from '../../src/fleet/worker-status.js'
import type { Workers } from '../api/types.js'
import { WorkerBadge } from './worker-badge.js'

/** How many workers have each status; pressed, only those are shown. */
export function StatusTabs({ counts }: { readonly counts: Workers['counts'] }) {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/workers' })
  const show = (status: string | undefined) =>
    void navigate({ to: '/workers', search: { ...search, status } })
  return (
    <Group gap={4} role="group" aria-label={t('workers.status')}>
      {[undefined, ...workerStatuses].map((status) => (
        <Button
          key={status ?? 'all'}
          size="compact-sm"
          variant={search.status === status ? 'light' : 'subtle'}
          color="gray"
          aria-pressed={search.status === status}
          onClick={() => show(status)}
        >
          {status === undefined ? t('tab.all') : <WorkerBadge status={status} />}
          {status !== undefined && search.status === undefined && (
            <span>&nbsp;{(counts[status] ?? 0).toLocaleString(i18n.language)}</span>
          )}
        </Button>
      ))}
    </Group>
  )
}
