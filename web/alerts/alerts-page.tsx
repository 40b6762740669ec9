import { Stack, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Page } from '../components/page.js'
import { AlertList } from './alert-list.js'
import { ChannelList } from './channel-list.js'
import { RuleList } from './rule-list.js'

/** What alerts now, what did, and the rules and channels behind it. */
export function AlertsPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('nav.alerts')}>
      <AlertList state="firing" />
      <Stack gap="xl" mt="lg">
        <RuleList />
        <ChannelList />
        <Stack gap="xs">
          <Title order={2} size="h5">
            {t('alerts.history')}
          </Title>
          <AlertList state="ended" />
        </Stack>
      </Stack>
    </Page>
  )
}
