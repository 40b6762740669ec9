import { ActionIcon, Anchor, AppShell, Burger, Group, Kbd, NavLink, Text, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Gate } from '../access/gate.js'
import { NotForYou } from '../access/not-for-you.js'
import { ReadOnlyBadge } from '../access/read-only-badge.js'
import { WhoMenu } from '../access/who-menu.js'
import { urlOf } from '../api/client.js'
import { IconHelp, IconSearch } from '../components/icons.js'
import { ViewLinks } from '../views/view-links.js'
import { CommandPalette } from './command-palette.js'
import { useGoKeys } from './go-keys.js'
import { KeyboardHelp } from './keyboard-help.js'
import { useKeys } from './keys.js'
import { OfflineBanner } from './offline-banner.js'
import { pageAt, usePages } from './pages.js'
import classes from './shell.module.css'
import { ThemeSwitch } from './theme-switch.js'
import { useWatchedTasks } from './watched-tasks.js'

/** What is around every page, for those who may see it. */
export function Shell() {
  return (
    <Gate>
      <Frame />
    </Gate>
  )
}

/** Navigation, saved views, palette, help, and what is told wherever one is. */
function Frame() {
  const { t } = useTranslation()
  const [opened, { toggle, close }] = useDisclosure()
  const [palette, openPalette] = useDisclosure()
  const [help, openHelp] = useDisclosure()
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const pages = usePages()
  const page = pageAt(path)
  useGoKeys()
  useWatchedTasks()
  useKeys([
    ['mod+K', openPalette.open],
    // Some keyboards have it without shift.
    ['?', openHelp.open],
    ['shift+?', openHelp.open],
  ])
  return (
    <AppShell
      header={{ height: 44 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="sm"
    >
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('nav.menu')} />
            <img src={urlOf('icon.svg')} alt="" width={22} height={22} />
            <Text fw={700}>Crisper</Text>
            <ReadOnlyBadge />
          </Group>
          <Group gap={4} wrap="nowrap">
            <Tooltip label={<Kbd size="xs">Ctrl K</Kbd>}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('palette.title')}
                onClick={openPalette.open}
              >
                <IconSearch size={18} />
              </ActionIcon>
            </Tooltip>
            <ActionIcon
              variant="subtle"
              color="gray"
              visibleFrom="sm"
              aria-label={t('help.title')}
              onClick={openHelp.open}
            >
              <IconHelp size={18} />
            </ActionIcon>
            <ThemeSwitch />
            <WhoMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('nav.pages')}>
        {pages.map(({ name, to, Icon }) => (
          <NavLink
            key={name}
            component={Link}
            to={to}
            label={t(`nav.${name}`)}
            leftSection={<Icon size={16} />}
            active={path.includes(to)}
            onClick={close}
          />
        ))}
        <ViewLinks onOpen={close} />
        <Anchor href={urlOf('api/docs/')} size="sm" p="xs" mt="auto">
          {t('nav.api')}
        </Anchor>
      </AppShell.Navbar>
      <AppShell.Main className={classes.main}>
        <OfflineBanner />
        {page === undefined || pages.includes(page) ? <Outlet /> : <NotForYou page={page.name} />}
      </AppShell.Main>
      <CommandPalette opened={palette} onClose={openPalette.close} />
      <KeyboardHelp opened={help} onClose={openHelp.close} />
    </AppShell>
  )
}
