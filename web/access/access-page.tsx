import { Stack, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { TokenList } from './token-list.js'
import { UserList } from './user-list.js'

/** Who may come in: tokens, and users with passwords. */
export function AccessPage() {
  const { t } = useTranslation()
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="xl" pb="md">
        <Stack gap="xs">
          <Title order={1} size="h4">
            {t('nav.access')}
          </Title>
          <TokenList />
        </Stack>
        <UserList />
      </Stack>
    </div>
  )
}
