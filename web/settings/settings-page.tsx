import {
  NativeSelect,
  SegmentedControl,
  Select,
  Stack,
  Table,
  Text,
  Title,
  useMantineColorScheme,
} from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMay } from '../api/session.js'
import { useTaskTypes } from '../api/tasks.js'
import { chooseLanguage, isLanguage, languageNames } from '../messages/index.js'
import { usePreferences } from '../shell/preferences.js'
import { Retention } from './retention.js'
import { Storage } from './storage.js'

const zones = ['local', 'UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

/** How Crisper looks in this browser, and what the server is configured with. */
export function SettingsPage() {
  const { t } = useTranslation()
  const mayRead = useMay('retention:read')
  return (
    <div style={{ overflow: 'auto' }}>
      <Stack gap="lg" maw={560} pb="md">
        <Title order={1} size="h4">
          {t('nav.settings')}
        </Title>
        <Appearance />
        <TaskTypes />
        {mayRead && (
          <>
            <Retention />
            <Storage />
          </>
        )}
      </Stack>
    </div>
  )
}

function Appearance() {
  const { t, i18n } = useTranslation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { preferences, change } = usePreferences()
  return (
    <Stack gap="sm">
      <Setting label={t('settings.theme')}>
        <SegmentedControl
          size="xs"
          aria-label={t('settings.theme')}
          value={colorScheme}
          onChange={setColorScheme}
          data={(['auto', 'light', 'dark'] as const).map((value) => ({
            value,
            label: t(`settings.scheme.${value}`),
          }))}
        />
      </Setting>
      <Setting label={t('settings.density')}>
        <SegmentedControl
          size="xs"
          aria-label={t('settings.density')}
          value={preferences.density}
          onChange={(density) => change({ density })}
          data={(['compact', 'comfortable'] as const).map((value) => ({
            value,
            label: t(`settings.${value}`),
          }))}
        />
      </Setting>
      <Select
        size="xs"
        label={t('settings.timeZone')}
        searchable
        limit={100}
        allowDeselect={false}
        value={preferences.timeZone}
        onChange={(timeZone) => timeZone !== null && change({ timeZone })}
        data={zones.map((value) => ({ value, label: value === 'local' ? t('settings.localZone') : value }))}
      />
      <NativeSelect
        size="xs"
        label={t('settings.language')}
        value={i18n.language}
        onChange={({ currentTarget }) => {
          if (isLanguage(currentTarget.value)) chooseLanguage(currentTarget.value)
        }}
        data={Object.entries(languageNames).map(([value, label]) => ({ value, label }))}
      />
    </Stack>
  )
}

function Setting({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <Stack gap={4} align="flex-start">
      <Text size="xs" fw={500}>
        {label}
      </Text>
      {children}
    </Stack>
  )
}

function TaskTypes() {
  const { t } = useTranslation()
  const types = useTaskTypes().data?.task_types ?? []
  return (
    <Stack gap={4}>
      <Title order={2} size="h5">
        {t('settings.types')}
      </Title>
      <Text size="xs" c="dimmed">
        {t('settings.typesHint')}
      </Text>
      <Table verticalSpacing={2}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('column.type')}</Table.Th>
            <Table.Th>{t('settings.shownAs')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {types.map(({ value, display }) => (
            <Table.Tr key={value}>
              <Table.Td>
                <code>{value}</code>
              </Table.Td>
              <Table.Td>{display}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  )
}
