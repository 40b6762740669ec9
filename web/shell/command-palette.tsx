import { Combobox, Modal, TextInput, useCombobox } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useViews } from '../api/views.js'
import { openView } from '../views/open-view.js'
import { usePages } from './pages.js'

interface CommandPaletteProps {
  readonly opened: boolean
  readonly onClose: () => void
}

/** Goes to a page, a saved view, a task by its id, or searches. */
export function CommandPalette({ opened, onClose }: CommandPaletteProps) {
  const { t } = useTranslation()
  return (
    <Modal opened={opened} onClose={onClose} title={t('palette.title')} yOffset="10dvh" centered={false}>
      <Palette onDone={onClose} />
    </Modal>
  )
}

interface Command {
  readonly label: string
  readonly run: () => void
}

function Palette({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const combobox = useCombobox({ opened: true })
  const commands = useCommands(text.trim())
  return (
    <Combobox
      store={combobox}
      withinPortal={false}
      onOptionSubmit={(index) => {
        onDone()
        commands[Number(index)]?.run()
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          aria-label={t('palette.title')}
          placeholder={t('palette.hint')}
          value={text}
          data-autofocus
          onChange={(event) => {
            setText(event.currentTarget.value)
            combobox.selectFirstOption()
          }}
        />
      </Combobox.EventsTarget>
      <Combobox.Options aria-label={t('palette.title')} mt="xs" mah={320} style={{ overflowY: 'auto' }}>
        {commands.map(({ label }, index) => (
          <Combobox.Option key={label} value={String(index)}>
            {label}
          </Combobox.Option>
        ))}
      </Combobox.Options>
    </Combobox>
  )
}

/** The commands that go with what was typed. */
function useCommands(text: string): Command[] {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const pages = usePages()
  const views = useViews().data?.views ?? []
  const places = [
    ...pages.map(({ name, to }) => ({ label: t(`nav.${name}`), run: () => void navigate({ to }) })),
    ...views.map((view) => ({
      label: `${t('views.title')}: ${view.name}`,
      run: () => openView(navigate, view),
    })),
  ].filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))
  if (text === '') return places
  const search = {
    label: t('palette.search', { text }),
    run: () => void navigate({ to: '/tasks', search: { search: text } }),
  }
  const task = {
    label: t('palette.task', { id: text }),
    run: () => void navigate({ to: '/tasks/$taskId', params: { taskId: text } }),
  }
  return isId(text) ? [task, search, ...places] : [...places, search, task]
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text)
}
