import { createLazyRoute } from '@tanstack/react-router'
import { StopsPage } from '../stops/stops-page.js'

export const route = createLazyRoute('/stops')({ component: StopsPage })
