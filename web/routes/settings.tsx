import { createLazyRoute } from '@tanstack/react-router'
import { SettingsPage } from '../settings/settings-page.js'

export const route = createLazyRoute('/settings')({ component: SettingsPage })
