import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDisableUser, useTokens, useUsers } from '../api/access.js'
import { useMay } from '../api/session.js'
import type { User } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { FactsList } from '../components/facts-list.js'
import { Problem } from '../components/problem.js'
import { Time } from '../components/time.js'
import { CreateUserDialog } from './create-user-dialog.js'
import { useScopeWords } from './scope-words.js'

/** People with passwords, and folded away those who are let in no more. */
export function UserList() {
  const { t } = useTranslation()
  const { data, error, refetch } = useUsers()
  const roles = useTokens().data?.roles
  const mayManage = useMay('access:manage')
  const disable = useDisableUser()
  const [creating, setCreating] = useState(false)
  const users = data?.users ?? []
  const working = users.filter(({ disabled_at }) => disabled_at === null)
  const disabled = users.filter(({ disabled_at }) => disabled_at !== null)
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h5">
          {t('access.users')}
        </Title>
        {mayManage && (
          <Button size="xs" onClick={() => setCreating(true)} disabled={roles === undefined}>
            {t('access.newUser')}
          </Button>
        )}
      </Group>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {disable.error && <Problem error={disable.error} />}
      {data === undefined && !error && <Skeleton height={80} />}
      {data !== undefined && working.length === 0 && (
        <Empty title={t('access.noUsers')} hint={t('access.noUsersHint')} />
      )}
      {working.length > 0 && (
        <Users
          users={working}
          {...(mayManage && {
            disable: ({ name }) => confirm(t('access.confirmDisable', { name })) && disable.mutate(name),
          })}
        />
      )}
      {disabled.length > 0 && (
        <details>
          <Text component="summary" size="sm">
            {t('access.disabledUsers', { count: disabled.length })}
          </Text>
          <Users users={disabled} ended />
        </details>
      )}
      {creating && roles !== undefined && (
        <CreateUserDialog roles={roles} onClose={() => setCreating(false)} />
      )}
    </Stack>
  )
}

interface UsersProps {
  readonly users: readonly User[]
  readonly ended?: boolean
  /** Absent where it can't or may not be done. */
  readonly disable?: (user: User) => void
}

function Users({ users, ended = false, disable }: UsersProps) {
  const { t } = useTranslation()
  const scopeWords = useScopeWords()
  return (
    <FactsList
      items={users}
      keyOf={({ name }) => name}
      minWidth={600}
      columns={[
        { name: t('access.name'), show: ({ name }) => name },
        { name: t('access.role'), show: ({ role }) => role },
        { name: t('access.scope'), show: ({ scope }) => scopeWords(scope) },
        { name: t('access.created'), show: ({ created_at }) => <Time at={created_at} /> },
        ...(ended
          ? [{ name: t('access.ended'), show: ({ disabled_at }: User) => <Time at={disabled_at} /> }]
          : []),
      ]}
      {...(disable && {
        act: (user: User) => (
          <Button size="compact-xs" variant="default" onClick={() => disable(user)}>
            {t('access.disable')}
          </Button>
        ),
      })}
    />
  )
}
