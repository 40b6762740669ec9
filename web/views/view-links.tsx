import { ActionIcon, Group, NavLink, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useDeleteView, useViews } from '../api/views.js'
import { IconBookmark, IconTrash, IconUsers } from '../components/icons.js'
import { openView } from './open-view.js'

/** Saved views, pinned in the side bar. */
export function ViewLinks({ onOpen }: { readonly onOpen: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const views = useViews().data?.views ?? []
  const remove = useDeleteView()
  const mayDelete = useMay('views:write')
  if (views.length === 0) return null
  return (
    <>
      <Text size="xs" c="dimmed" fw={600} px="xs" mt="md">
        {t('views.title')}
      </Text>
      {views.map((view) => (
        <Group key={view.id} gap={0} wrap="nowrap">
          <NavLink
            component="button"
            label={view.name}
            noWrap
            leftSection={view.shared ? <IconUsers size={14} /> : <IconBookmark size={14} />}
            onClick={() => {
              openView(navigate, view)
              onOpen()
            }}
          />
          {view.mine && mayDelete && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={24}
              aria-label={t('views.delete', { name: view.name })}
              onClick={() => confirm(t('views.confirmDelete', { name: view.name })) && remove.mutate(view.id)}
            >
              <IconTrash size={14} />
            </ActionIcon>
          )}
        </Group>
      ))}
    </>
  )
}
