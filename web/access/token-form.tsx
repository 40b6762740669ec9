import { Button, PasswordInput, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSignIn } from '../api/session.js'
import { SignInProblem } from './sign-in-problem.js'

export function TokenForm() {
  const { t } = useTranslation()
  const signIn = useSignIn()
  const [token, setToken] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        signIn.mutate({ token: token.trim() })
      }}
    >
      <Stack gap="xs">
        <PasswordInput
          label={t('signIn.token')}
          description={t('signIn.tokenHint')}
          value={token}
          required
          withAsterisk={false}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.reveal') }}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        {signIn.error && <SignInProblem error={signIn.error} wrong={t('signIn.wrongToken')} />}
        <Button type="submit" variant="default" loading={signIn.isPending}>
          {t('signIn.withToken')}
        </Button>
      </Stack>
    </form>
  )
}
