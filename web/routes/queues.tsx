import { createLazyRoute } from '@tanstack/react-router'
import { QueuesPage } from '../queues/queues-page.js'

export const route = createLazyRoute('/queues')({ component: QueuesPage })
