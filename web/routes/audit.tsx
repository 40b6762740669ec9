import { createLazyRoute } from '@tanstack/react-router'
import { AuditPage } from '../audit/audit-page.js'

export const route = createLazyRoute('/audit')({ component: AuditPage })
