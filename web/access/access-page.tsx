import { Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Page } from '../components/page.js'
import { TokenList } from './token-list.js'
import { UserList } from './user-list.js'

/** Who may come in: tokens, and users with passwords. */
export function AccessPage() {
  const { t } = useTranslation()
  return (
    <Page title={t('nav.access')}>
      <Stack gap="xl">
        <TokenList />
        <UserList />
      </Stack>
    </Page>
  )
}
