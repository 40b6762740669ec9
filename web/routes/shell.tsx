import {
  ActionIcon,
  Anchor,
  AppShell,
  Burger,
  Group,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { urlOf } from '../api/client.js'
import { chooseLanguage } from '../messages/index.js'

const pages = ['tasks', 'stops', 'workers'] as const

/** What is around every page: navigation, theme, language. */
export function Shell() {
  const { t, i18n } = useTranslation()
  const [opened, { toggle, close }] = useDisclosure()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  return (
    <AppShell
      header={{ height: 44 }}
      navbar={{ width: 170, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="sm"
    >
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('nav.menu')} />
            <img src={urlOf('icon.svg')} alt="" width={22} height={22} />
            <Text fw={700}>Crisper</Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ThemeSwitch />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('nav.language')}
              onClick={() => chooseLanguage(i18n.language === 'en' ? 'pt-BR' : 'en')}
            >
              {i18n.language === 'en' ? 'EN' : 'PT'}
            </ActionIcon>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        {pages.map((page) => (
          <NavLink
            key={page}
            component={Link}
            to={`/${page}`}
            label={t(`nav.${page}`)}
            active={path.includes(`/${page}`)}
            onClick={close}
          />
        ))}
        <Anchor href={urlOf('api/docs/')} size="sm" p="xs" mt="auto" c="dimmed">
          {t('nav.api')}
        </Anchor>
      </AppShell.Navbar>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

function ThemeSwitch() {
  const { t } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={t('nav.theme')}
      onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
    >
      {scheme === 'dark' ? '☀' : '☾'}
    </ActionIcon>
  )
}
