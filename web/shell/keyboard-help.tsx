import { Group, Kbd, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { usePages } from './pages.js'

interface KeyboardHelpProps {
  readonly opened: boolean
  readonly onClose: () => void
}

const keys = [
  ['j', 'down'],
  ['k', 'up'],
  ['Enter', 'open'],
  ['x', 'tick'],
  ['Shift X', 'tickRange'],
  ['s', 'stop'],
  ['/', 'filter'],
  ['Ctrl K', 'palette'],
  ['?', 'help'],
] as const

/** What is selected can only be stopped. */
const stopKeys: ReadonlySet<string> = new Set(['tick', 'tickRange', 'stop'])

export function KeyboardHelp({ opened, onClose }: KeyboardHelpProps) {
  const { t } = useTranslation()
  const pages = usePages()
  const mayStop = useMay('tasks:stop')
  const shown = keys.filter(([, what]) => mayStop || !stopKeys.has(what))
  return (
    <Modal opened={opened} onClose={onClose} title={t('help.title')}>
      <Stack gap={6}>
        {shown.map(([key, what]) => (
          <Shortcut key={key} keys={[key]} does={t(`help.${what}`)} />
        ))}
        {pages.map(({ name, key }) => (
          <Shortcut key={name} keys={['g', key]} does={t('help.go', { page: t(`nav.${name}`) })} />
        ))}
      </Stack>
    </Modal>
  )
}

function Shortcut({ keys, does }: { readonly keys: readonly string[]; readonly does: string }) {
  return (
    <Group justify="space-between">
      <Text size="sm">{does}</Text>
      <Group gap={4}>
        {keys.map((key) => (
          <Kbd key={key} size="xs">
            {key}
          </Kbd>
        ))}
      </Group>
    </Group>
  )
}
