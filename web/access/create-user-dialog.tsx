import { Alert, Button, Group, Modal, PasswordInput, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCreateUser } from '../api/access.js'
import { useSession } from '../api/session.js'
import { Problem } from '../components/problem.js'
import { GrantInputs, leastGrant, NameInput } from './grant.js'

/** Characters that a password has at least. */
const shortest = 12

interface CreateUserDialogProps {
  readonly roles: readonly string[]
  readonly onClose: () => void
}

/** Makes somebody with a password. The first of all can't be other than an administrator. */
export function CreateUserDialog({ roles, onClose }: CreateUserDialogProps) {
  const { t } = useTranslation()
  const isFirst = useSession().data?.identity?.kind === 'anonymous'
  const create = useCreateUser()
  const [grant, setGrant] = useState({ ...leastGrant, role: isFirst ? 'admin' : leastGrant.role })
  const [password, setPassword] = useState('')
  return (
    <Modal opened onClose={onClose} title={t('access.newUser')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate({ ...grant, password }, { onSuccess: onClose })
        }}
      >
        <Stack gap="sm">
          {isFirst && (
            <Alert variant="light" p="xs">
              {t('access.firstUser')}
            </Alert>
          )}
          <NameInput grant={grant} onChange={setGrant} />
          <PasswordInput
            label={t('access.password')}
            description={t('access.passwordHint')}
            value={password}
            required
            withAsterisk={false}
            minLength={shortest}
            maxLength={1000}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.reveal') }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <GrantInputs grant={grant} onChange={setGrant} roles={isFirst ? undefined : roles} />
          {create.error && <Problem error={create.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending}>
              {t('access.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
