import { createLazyRoute } from '@tanstack/react-router'
import { QueuePage } from '../queues/queue-page.js'

export const route = createLazyRoute('/queues/$name')({ component: QueuePage })
