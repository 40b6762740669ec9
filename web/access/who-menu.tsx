import { ActionIcon, Button, Popover, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { isSignedIn, useSession, useSignOut } from '../api/session.js'
import type { Identity } from '../api/types.js'
import { IconUserCircle } from '../components/icons.js'
import { useNarrow } from '../components/narrow.js'
import { Problem } from '../components/problem.js'
import { useScopeWords } from './scope-words.js'

/** Who is signed in, as what, and what they see; nothing where nobody has to. */
export function WhoMenu() {
  const identity = useSession().data?.identity
  if (identity == null || identity.kind === 'anonymous') return null
  return <Who identity={identity} />
}

function Who({ identity }: { readonly identity: Identity }) {
  const { t } = useTranslation()
  const narrow = useNarrow()
  const scopeWords = useScopeWords()
  const signOut = useSignOut()
  const name = identity.name.replace(`${identity.kind}:`, '')
  const label = t('who.menu', { name })
  const icon = <IconUserCircle size={18} />
  return (
    <Popover position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        {narrow ? (
          <ActionIcon variant="subtle" color="gray" aria-label={label}>
            {icon}
          </ActionIcon>
        ) : (
          <Button variant="subtle" color="gray" size="compact-sm" leftSection={icon} aria-label={label}>
            <Text size="sm" maw={160} truncate>
              {name}
            </Text>
          </Button>
        )}
      </Popover.Target>
      <Popover.Dropdown miw={190} maw={300} aria-label={label}>
        <Stack gap="xs">
          <div>
            <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Text>
            <Text size="xs" c="dimmed">
              {t(`who.kind.${identity.kind}`, { defaultValue: identity.kind })}
            </Text>
          </div>
          <Fact name={t('access.role')} text={identity.role} />
          <Fact name={t('access.scope')} text={scopeWords(identity.scope)} />
          {signOut.error && <Problem error={signOut.error} />}
          {isSignedIn(identity) && (
            <Button size="xs" variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()}>
              {t('who.signOut')}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {text}
      </Text>
    </div>
  )
}
