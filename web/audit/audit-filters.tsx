import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './audit-filters.module.css'
import { fromLocal, toLocal } from './local-time.js'

const names = ['who', 'action', 'target', 'after', 'before'] as const

/** What stands in the URL, under the names of the API. */
export type AuditSearch = { [N in (typeof names)[number]]?: string | undefined }

/** Actions by what they are about. With a dot at the end the API takes all that begin so. */
const groups = {
  session: ['begin', 'end'],
  task: ['stop', 'stop_many'],
  stop: ['cancel'],
  batch: ['cancel'],
  token: ['create', 'revoke'],
  user: ['create', 'disable'],
  view: ['create', 'replace', 'delete'],
  worker: ['control'],
  queue: ['purge'],
  reconcile: ['run'],
} as const

interface AuditFiltersProps {
  readonly search: AuditSearch
  readonly onChange: (search: AuditSearch) => void
}

/** By who, what, to what and when. */
export function AuditFilters({ search, onChange }: AuditFiltersProps) {
  const { t } = useTranslation()
  const { action = '' } = search
  const known = Object.entries(groups).map(([group, actions]) => ({
    group: t(`audit.group.${group}`),
    items: [
      ...(actions.length > 1 ? [{ value: `${group}.`, label: t(`audit.group.${group}`) }] : []),
      ...actions.map((each) => ({ value: `${group}.${each}`, label: t(`audit.did.${group}.${each}`) })),
    ],
  }))
  const isKnown = action === '' || known.some(({ items }) => items.some(({ value }) => value === action))
  return (
    <Group gap="xs" align="flex-end" className={classes.filters}>
      <TextFilter
        label={t('audit.who')}
        example={t('audit.whoExample')}
        value={search.who}
        onChange={(who) => onChange({ ...search, who })}
      />
      <NativeSelect
        size="xs"
        label={t('audit.action')}
        value={action}
        onChange={({ currentTarget }) => onChange({ ...search, action: currentTarget.value || undefined })}
        data={[
          { value: '', label: t('audit.anyAction') },
          ...known,
          ...(isKnown ? [] : [{ value: action, label: action }]),
        ]}
      />
      <TextFilter
        label={t('audit.target')}
        example={t('audit.targetExample')}
        value={search.target}
        onChange={(target) => onChange({ ...search, target })}
      />
      {(['after', 'before'] as const).map((name) => (
        <TextInput
          key={name}
          size="xs"
          type="datetime-local"
          label={t(`audit.${name}`)}
          value={toLocal(search[name])}
          onChange={(event) => onChange({ ...search, [name]: fromLocal(event.currentTarget.value) })}
        />
      ))}
      {names.some((name) => search[name] !== undefined) && (
        <Button size="xs" variant="default" onClick={() => onChange({})}>
          {t('list.clear')}
        </Button>
      )}
    </Group>
  )
}

interface TextFilterProps {
  readonly label: string
  readonly example: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

/** It takes effect with Enter, or when it is left. */
function TextFilter({ label, example, value = '', onChange }: TextFilterProps) {
  const [text, setText] = useState(value)
  // What is typed gives way only to another URL.
  useEffect(() => setText(value), [value])
  const apply = () => {
    if (text.trim() !== value) onChange(text.trim() || undefined)
  }
  return (
    <TextInput
      size="xs"
      label={label}
      placeholder={example}
      value={text}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Enter' && apply()}
      onBlur={apply}
    />
  )
}
