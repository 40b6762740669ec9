import { createLazyRoute } from '@tanstack/react-router'
import { WorkerPage } from '../worker/worker-page.js'

export const route = createLazyRoute('/workers/$name')({ component: WorkerPage })
