import { Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSignIn } from '../api/session.js'
import { SignInProblem } from './sign-in-problem.js'

export function PasswordForm() {
  const { t } = useTranslation()
  const signIn = useSignIn()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        signIn.mutate({ user: user.trim(), password })
      }}
    >
      <Stack gap="xs">
        <TextInput
          label={t('signIn.user')}
          value={user}
          required
          withAsterisk={false}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('signIn.password')}
          value={password}
          required
          withAsterisk={false}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.reveal') }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {signIn.error && <SignInProblem error={signIn.error} wrong={t('signIn.wrongPassword')} />}
        <Button type="submit" loading={signIn.isPending}>
          {t('signIn.withPassword')}
        </Button>
      </Stack>
    </form>
  )
}
