import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './main.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import i18next from 'i18next'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startMessages } from './messages/index.js'
import { router } from './routes/router.js'
import { PreferencesProvider } from './shell/preferences.js'
import { styleNonce } from './style-nonce.js'
import { themeOf } from './theme.js'

const client = new QueryClient({
  defaultOptions: {
    // Whether the browser has a network says nothing about a server on this computer or in this house.
    queries: { staleTime: 1000, retry: 1, refetchOnWindowFocus: true, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
})

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
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
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </PreferencesProvider>
    </MantineProvider>
  </StrictMode>,
)
