import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './main.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import i18next from 'i18next'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/query-client.js'
import { prefetchSession } from './api/session.js'
import { startMessages } from './messages/index.js'
import { router } from './routes/router.js'
import { PreferencesProvider } from './shell/preferences.js'
import { styleNonce } from './style-nonce.js'
import { themeOf } from './theme.js'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
prefetchSession()
// The page's code and its first rows come beside the texts, not after them.
void router.load()
await startMessages()
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={themeOf(i18next.t('stop.close'))}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <Notifications position="bottom-right" />
      <PreferencesProvider>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </PreferencesProvider>
    </MantineProvider>
  </StrictMode>,
)
