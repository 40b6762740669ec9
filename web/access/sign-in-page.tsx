import { Alert, Button, Center, Divider, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import { urlOf } from '../api/client.js'
import type { Session } from '../api/types.js'
import { ThemeSwitch } from '../shell/theme-switch.js'
import { PasswordForm } from './password-form.js'
import { TokenForm } from './token-form.js'

/** Every way to sign in that is configured. After it, one is where one wanted to be. */
export function SignInPage({ ways }: { readonly ways: Session['sign_in'] }) {
  const { t } = useTranslation()
  const failed = new URLSearchParams(location.search).get('failed') === 'oidc'
  const forms = [
    ways.oidc && <OidcButton key="oidc" />,
    ways.password && <PasswordForm key="password" />,
    <TokenForm key="token" />,
  ].filter((form) => form !== false)
  return (
    <Center component="main" mih="100dvh" p="sm">
      <Paper withBorder p="lg" w="100%" maw={380}>
        <Stack gap="md">
          <Group justify="space-between" wrap="nowrap">
            <Group gap="xs" wrap="nowrap">
              <img src={urlOf('icon.svg')} alt="" width={24} height={24} />
              <Text fw={700}>Crisper</Text>
            </Group>
            <ThemeSwitch />
          </Group>
          <Title order={1} size="h4">
            {t('signIn.title')}
          </Title>
          {failed && (
            <Alert color="red" role="alert" p="xs">
              {t('signIn.failedOidc')}
            </Alert>
          )}
          {forms.map((form, index) => (
            <Fragment key={form.key}>
              {index > 0 && <Divider label={t('signIn.or')} />}
              {form}
            </Fragment>
          ))}
        </Stack>
      </Paper>
    </Center>
  )
}

function OidcButton() {
  const { t } = useTranslation()
  return (
    <Button component="a" href={urlOf('api/session/oidc/', { to: hereForTheServer() })}>
      {t('signIn.oidc')}
    </Button>
  )
}

/** The address that was opened, below our base path. */
function hereForTheServer(): string {
  const base = new URL(document.baseURI).pathname
  const path = `/${location.pathname.slice(base.length)}`
  if (path === '/sign-in') return '/tasks'
  const whole = path + location.search
  return whole.length <= longestWayBack ? whole : path
}

/** Characters that the server takes. */
const longestWayBack = 2000
