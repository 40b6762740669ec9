import { NativeSelect, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Scope } from '../api/types.js'
import { scopeParts } from './scope-words.js'

/** Whom something is made for, and what they may and see. */
export interface Grant {
  readonly name: string
  readonly role: string
  readonly scope: Scope
}

/** The least of what there is. */
export const leastGrant: Grant = {
  name: '',
  role: 'viewer',
  scope: { tenants: null, companies: null, task_types: null, queues: null },
}

interface GrantInputsProps {
  readonly grant: Grant
  readonly onChange: (grant: Grant) => void
  /** What a role can be; absent where it is given. */
  readonly roles: readonly string[] | undefined
}

export function NameInput({ grant, onChange }: Omit<GrantInputsProps, 'roles'>) {
  const { t } = useTranslation()
  return (
    <TextInput
      label={t('access.name')}
      description={t('access.nameHint')}
      value={grant.name}
      required
      withAsterisk={false}
      maxLength={80}
      pattern="[\w.@\-]+"
      autoComplete="off"
      spellCheck={false}
      data-autofocus
      onChange={(event) => onChange({ ...grant, name: event.currentTarget.value })}
    />
  )
}

/** Role and scope. */
export function GrantInputs({ grant, onChange, roles }: GrantInputsProps) {
  const { t } = useTranslation()
  if (roles === undefined) return null
  return (
    <>
      <NativeSelect
        label={t('access.role')}
        value={grant.role}
        data={[...roles]}
        onChange={(event) => onChange({ ...grant, role: event.currentTarget.value })}
      />
      <Stack
        gap={6}
        component="fieldset"
        m={0}
        p="xs"
        bd="1px solid var(--mantine-color-default-border)"
        bdrs="sm"
      >
        <Text component="legend" size="sm" fw={500} px={4}>
          {t('access.scope')}
        </Text>
        <Text size="xs" c="dimmed">
          {t('scope.hint')}
        </Text>
        {scopeParts.map((part) => (
          <TagsInput
            key={part}
            size="xs"
            label={t(`scope.part.${part}`)}
            value={[...(grant.scope[part] ?? [])]}
            acceptValueOnBlur
            onChange={(names) =>
              onChange({ ...grant, scope: { ...grant.scope, [part]: names.length === 0 ? null : names } })
            }
          />
        ))}
      </Stack>
    </>
  )
}
