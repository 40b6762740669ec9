import { createLazyRoute } from '@tanstack/react-router'
import { SchedulesPage } from '../schedules/schedules-page.js'

export const route = createLazyRoute('/schedules')({ component: SchedulesPage })
