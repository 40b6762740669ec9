import { createLazyRoute } from '@tanstack/react-router'
import { OverviewPage } from '../overview/overview-page.js'

export const route = createLazyRoute('/overview')({ component: OverviewPage })
