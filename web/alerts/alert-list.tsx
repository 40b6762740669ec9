import { Anchor, Skeleton, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useAlerts } from '../api/alerts.js'
import type { FiredAlert } from '../api/types.js'
import { FactsList } from '../components/facts-list.js'
import { LoadMore } from '../components/load-more.js'
import { Problem } from '../components/problem.js'
import { StateBadge } from '../components/state-badge.js'
import { Duration, Time } from '../components/time.js'
import { parseSearch } from '../routes/search.js'

/** Those that fire, or that did. */
export function AlertList({ state }: { readonly state: 'firing' | 'ended' }) {
  const { t } = useTranslation()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAlerts(state)
  const alerts = data?.pages.flatMap((page) => page.alerts)
  if (error && alerts === undefined) return <Problem error={error} retry={() => void refetch()} />
  if (alerts === undefined) return <Skeleton height={60} />
  if (alerts.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t(`alerts.none.${state}`)}
      </Text>
    )
  }
  return (
    <>
      <FactsList
        items={alerts}
        keyOf={({ id }) => id}
        minWidth={760}
        columns={[
          { name: t('column.state'), show: () => <StateBadge state={state} /> },
          { name: t('alerts.rule'), show: ({ rule }) => rule },
          { name: t('alerts.what'), show: (alert) => <What alert={alert} /> },
          { name: t('alerts.since'), show: ({ fired_at }) => <Time at={fired_at} /> },
          { name: t('alerts.for'), show: (alert) => <Duration seconds={secondsOf(alert)} /> },
        ]}
      />
      {hasNextPage && <LoadMore onLoad={() => void fetchNextPage()} loading={isFetchingNextPage} />}
    </>
  )
}

/** The sentence leads to the page behind it. */
function What({ alert: { sentence, link } }: { readonly alert: FiredAlert }) {
  const [path = '/', query = ''] = link.split('?')
  return (
    <Anchor
      size="sm"
      lang="en"
      renderRoot={(props) => <Link to={path} search={parseSearch(query)} {...props} />}
    >
      {sentence}
    </Anchor>
  )
}

function secondsOf({ fired_at, ended_at }: FiredAlert): number {
  const end = ended_at === null ? Date.now() : Date.parse(ended_at)
  return Math.max(0, (end - Date.parse(fired_at)) / 1000)
}
