import { Button, Group, Skeleton, Text } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useAudit } from '../api/audit.js'
import { urlOf } from '../api/client.js'
import type { AuditEntry } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { FactsList } from '../components/facts-list.js'
import { LoadMore } from '../components/load-more.js'
import { Page } from '../components/page.js'
import { Problem } from '../components/problem.js'
import { useExactTime } from '../components/time.js'
import { AuditFilters, type AuditSearch } from './audit-filters.js'
import { Action, Detail, Outcome, Target } from './audit-parts.js'

/** Who did what, from where, to what, and what came of it. */
export function AuditPage() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const search: AuditSearch = useSearch({ from: '/audit' })
  const list = useAudit(search)
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? []
  return (
    <Page title={t('nav.audit')} aside={<Exports search={search} />}>
      <AuditFilters search={search} onChange={(next) => void navigate({ to: '/audit', search: next })} />
      {list.error && <Problem error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={300} />}
      {list.data !== undefined && entries.length === 0 && (
        <Empty title={t('audit.none')} hint={t('audit.noneHint')} />
      )}
      {entries.length > 0 && <Entries entries={entries} search={search} />}
      {list.hasNextPage && (
        <LoadMore loading={list.isFetchingNextPage} onLoad={() => void list.fetchNextPage()} />
      )}
    </Page>
  )
}

/** The same entries as a file. */
function Exports({ search }: { readonly search: AuditSearch }) {
  const { t } = useTranslation()
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        {t('audit.exportTitle')}
      </Text>
      {(['csv', 'json'] as const).map((format) => (
        <Button
          key={format}
          component="a"
          href={urlOf('api/audit/export/', { ...search, format })}
          download
          size="compact-xs"
          variant="default"
          aria-label={t('audit.exportAs', { format: t(`audit.${format}`) })}
        >
          {t(`audit.${format}`)}
        </Button>
      ))}
    </Group>
  )
}

interface EntriesProps {
  readonly entries: readonly AuditEntry[]
  readonly search: AuditSearch
}

function Entries({ entries, search }: EntriesProps) {
  const { t } = useTranslation()
  const exact = useExactTime()
  return (
    <FactsList
      items={entries}
      keyOf={({ seq }) => String(seq)}
      minWidth={900}
      columns={[
        { name: t('audit.at'), show: ({ at }) => <time dateTime={at}>{exact(at)}</time> },
        {
          name: t('audit.who'),
          show: ({ who }) => (
            <Link to="/audit" search={{ ...search, who }}>
              {who}
            </Link>
          ),
        },
        { name: t('audit.from'), show: ({ address }) => address },
        { name: t('audit.action'), show: ({ action }) => <Action action={action} /> },
        {
          name: t('audit.target'),
          show: (entry) => entry.target !== null && <Target entry={entry} target={entry.target} />,
        },
        { name: t('audit.status'), show: (entry) => <Outcome entry={entry} /> },
        {
          name: t('audit.detail'),
          show: (entry) => Object.keys(entry.detail).length > 0 && <Detail entry={entry} />,
        },
      ]}
    />
  )
}
