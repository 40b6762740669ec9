import { createLazyRoute } from '@tanstack/react-router'
import { AccessPage } from '../access/access-page.js'

export const route = createLazyRoute('/access')({ component: AccessPage })
