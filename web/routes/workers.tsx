import { createLazyRoute } from '@tanstack/react-router'
import { WorkersPage } from '../workers/workers-page.js'

export const route = createLazyRoute('/workers')({ component: WorkersPage })
