import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRevokeToken, useTokens } from '../api/access.js'
import { useMay } from '../api/session.js'
import type { Token } from '../api/types.js'
import { Empty } from '../components/empty.js'
import { FactsList } from '../components/facts-list.js'
import { useNow } from '../components/now.js'
import { Problem } from '../components/problem.js'
import { Time } from '../components/time.js'
import { CreateTokenDialog } from './create-token-dialog.js'
import { useScopeWords } from './scope-words.js'

/** The tokens: those that work, and folded away those that don't any more. */
export function TokenList() {
  const { t } = useTranslation()
  const { data, error, refetch } = useTokens()
  const mayManage = useMay('access:manage')
  const revoke = useRevokeToken()
  const [creating, setCreating] = useState(false)
  const now = useNow()
  const hasEnded = ({ revoked_at, expires_at }: Token) =>
    revoked_at !== null || (expires_at !== null && Date.parse(expires_at) <= now)
  const tokens = data?.tokens ?? []
  const [working, ended] = [tokens.filter((token) => !hasEnded(token)), tokens.filter(hasEnded)]
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h5">
          {t('access.tokens')}
        </Title>
        {mayManage && (
          <Button size="xs" onClick={() => setCreating(true)} disabled={data === undefined}>
            {t('access.newToken')}
          </Button>
        )}
      </Group>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {revoke.error && <Problem error={revoke.error} />}
      {data === undefined && !error && <Skeleton height={120} />}
      {data !== undefined && working.length === 0 && (
        <Empty title={t('access.noTokens')} hint={t('access.noTokensHint')} />
      )}
      {working.length > 0 && (
        <Tokens
          tokens={working}
          {...(mayManage && {
            revoke: ({ id, name }) => confirm(t('access.confirmRevoke', { name })) && revoke.mutate(id),
          })}
        />
      )}
      {ended.length > 0 && (
        <details>
          <Text component="summary" size="sm">
            {t('access.revokedTokens', { count: ended.length })}
          </Text>
          <Tokens tokens={ended} ended />
        </details>
      )}
      {creating && data !== undefined && (
        <CreateTokenDialog roles={data.roles} onClose={() => setCreating(false)} />
      )}
    </Stack>
  )
}

interface TokensProps {
  readonly tokens: readonly Token[]
  readonly ended?: boolean
  /** Absent where it can't or may not be done. */
  readonly revoke?: (token: Token) => void
}

function Tokens({ tokens, ended = false, revoke }: TokensProps) {
  const { t } = useTranslation()
  const scopeWords = useScopeWords()
  return (
    <FactsList
      items={tokens}
      keyOf={({ id }) => id}
      minWidth={860}
      columns={[
        { name: t('access.name'), show: ({ name }) => name },
        { name: t('access.role'), show: ({ role }) => role },
        { name: t('access.scope'), show: ({ scope }) => scopeWords(scope) },
        { name: t('access.created'), show: (token) => <Created token={token} /> },
        ended
          ? { name: t('access.ended'), show: (token) => <Time at={token.revoked_at ?? token.expires_at} /> }
          : { name: t('access.expires'), show: ({ expires_at }) => <OrNever at={expires_at} /> },
        { name: t('access.used'), show: ({ last_used_at }) => <OrNever at={last_used_at} /> },
      ]}
      {...(revoke && {
        act: (token: Token) => (
          <Button size="compact-xs" variant="default" onClick={() => revoke(token)}>
            {t('access.revoke')}
          </Button>
        ),
      })}
    />
  )
}

function Created({ token }: { readonly token: Token }) {
  const { t } = useTranslation()
  return (
    <>
      <Time at={token.created_at} />
      <Text size="xs" c="dimmed">
        {t('access.createdBy', { name: token.created_by })}
      </Text>
    </>
  )
}

function OrNever({ at }: { readonly at: string | null }) {
  const { t } = useTranslation()
  return at === null ? (
    <Text span size="sm" c="dimmed">
      {t('access.never')}
    </Text>
  ) : (
    <Time at={at} />
  )
}
