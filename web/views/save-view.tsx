import { ActionIcon, Button, Popover, Stack, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useSaveView, useViews, type ViewBody } from '../api/views.js'
import { IconBookmarkPlus } from '../components/icons.js'
import { Problem } from '../components/problem.js'

interface SaveViewProps {
  readonly page: ViewBody['page']
  readonly query: Readonly<Record<string, string | undefined>>
  readonly columns: readonly string[] | null
}

/** Gives what is shown a name, for oneself or for the team. The same name is saved over. */
export function SaveView({ page, query, columns }: SaveViewProps) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState(false)
  const [name, setName] = useState('')
  const [shared, setShared] = useState(false)
  const save = useSaveView()
  const same = useViews().data?.views.find(
    (view) => view.mine && view.page === page && view.name.toLowerCase() === name.trim().toLowerCase(),
  )
  if (!useMay('views:write')) return null
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" withArrow trapFocus>
      <Popover.Target>
        <ActionIcon
          variant="default"
          size="input-sm"
          aria-label={t('views.save')}
          onClick={() => setOpened(!opened)}
        >
          <IconBookmarkPlus size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            const body = {
              name: name.trim(),
              page,
              query: given(query),
              columns: columns && [...columns],
              shared,
            }
            save.mutate(same === undefined ? body : { ...body, id: same.id }, {
              onSuccess: () => setOpened(false),
            })
          }}
        >
          <Stack gap="xs">
            <TextInput
              size="xs"
              label={t('views.name')}
              value={name}
              maxLength={80}
              required
              data-autofocus
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Switch
              size="xs"
              label={t('views.shared')}
              checked={shared}
              onChange={(event) => setShared(event.currentTarget.checked)}
            />
            {save.error && <Problem error={save.error} />}
            <Button type="submit" size="xs" loading={save.isPending}>
              {same === undefined ? t('views.save') : t('views.replace')}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}

function given(query: SaveViewProps['query']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
