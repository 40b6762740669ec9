import { Stack, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { AlertList } from './alert-list.js'
import { ChannelList } from './channel-list.js'
import { RuleList } from './rule-list.js'

/** What alerts now, what did, and the rules and channels behind it. */
export function AlertsPage() {
  const { t } = useTranslation()
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="xl" pb="md">
        <Stack gap="xs">
          <Title order={1} size="h4">
            {t('nav.alerts')}
          </Title>
          <AlertList state="firing" />
        </Stack>
        <RuleList />
        <ChannelList />
        <Stack gap="xs">
          <Title order={2} size="h5">
            {t('alerts.history')}
          </Title>
          <AlertList state="ended" />
        </Stack>
      </Stack>
    </div>
  )
}
