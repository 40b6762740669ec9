import { Button, Stack, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useRules, useTestChannel } from '../api/alerts.js'
import { useMay } from '../api/session.js'
import type { AlertChannel } from '../api/types.js'
import { FactsList } from '../components/facts-list.js'
import { Problem } from '../components/problem.js'
import { Time } from '../components/time.js'
import { DeliveryNote } from './delivery-note.js'

/** Who is told. They stand in the configuration, since they hold secrets. */
export function ChannelList() {
  const { t } = useTranslation()
  const channels = useRules().data?.channels
  const mayManage = useMay('alerts:manage')
  if (channels === undefined) return null
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t('alerts.channels')}
      </Title>
      {channels.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('alerts.noChannelsHint')}
        </Text>
      ) : (
        <FactsList
          items={channels}
          keyOf={({ name }) => name}
          minWidth={700}
          columns={[
            { name: t('alerts.name'), show: ({ name }) => name },
            { name: t('alerts.kind'), show: ({ kind }) => t(`alerts.channelKinds.${kind}`) },
            { name: t('alerts.target'), show: ({ target }) => target },
            { name: t('alerts.lastSent'), show: (channel) => <LastSent channel={channel} /> },
          ]}
          {...(mayManage && { act: (channel: AlertChannel) => <TestButton name={channel.name} /> })}
        />
      )}
    </Stack>
  )
}

function LastSent({ channel: { last_sent_at, waiting, problem } }: { readonly channel: AlertChannel }) {
  const { t } = useTranslation()
  return (
    <>
      {last_sent_at === null ? t('alerts.neverSent') : <Time at={last_sent_at} />}
      {waiting > 0 && ` · ${t('alerts.waiting', { count: waiting })}`}
      {problem !== null && (
        <Text size="xs" c="red" lang="en">
          {problem}
        </Text>
      )}
    </>
  )
}

function TestButton({ name }: { readonly name: string }) {
  const { t } = useTranslation()
  const test = useTestChannel()
  return (
    <>
      <Button size="compact-xs" variant="default" loading={test.isPending} onClick={() => test.mutate(name)}>
        {t('alerts.test')}
      </Button>
      {test.data !== undefined && <DeliveryNote delivery={test.data} />}
      {test.error && <Problem error={test.error} />}
    </>
  )
}
