import { createLazyRoute } from '@tanstack/react-router'
import { AlertsPage } from '../alerts/alerts-page.js'

export const route = createLazyRoute('/alerts')({ component: AlertsPage })
