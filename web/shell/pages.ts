import type { Permission } from '../../src/access/permissions.js'
import { useSession } from '../api/session.js'
import {
  IconAlertTriangle,
  IconCalendarTime,
  IconChartHistogram,
  IconHistory,
  IconKey,
  IconListDetails,
  IconPlayerStop,
  IconServer2,
  IconSettings,
  IconStack2,
} from '../components/icons.js'

/** The pages, in the order of the side bar; `key` is pressed after g, `needs` is what one must be allowed. */
const pages = [
  { name: 'tasks', to: '/tasks', Icon: IconListDetails, key: 't', needs: 'tasks:read' },
  { name: 'overview', to: '/overview', Icon: IconChartHistogram, key: 'o', needs: 'tasks:read' },
  { name: 'stops', to: '/stops', Icon: IconPlayerStop, key: 's', needs: 'tasks:read' },
  { name: 'queues', to: '/queues', Icon: IconStack2, key: 'q', needs: 'fleet:read' },
  { name: 'workers', to: '/workers', Icon: IconServer2, key: 'w', needs: 'fleet:read' },
  { name: 'schedules', to: '/schedules', Icon: IconCalendarTime, key: 'b', needs: 'fleet:read' },
  { name: 'alerts', to: '/alerts', Icon: IconAlertTriangle, key: 'e', needs: 'fleet:read' },
  { name: 'access', to: '/access', Icon: IconKey, key: 'a', needs: 'access:read' },
  { name: 'audit', to: '/audit', Icon: IconHistory, key: 'l', needs: 'audit:read' },
  { name: 'settings', to: '/settings', Icon: IconSettings, key: ',', needs: null },
] as const satisfies readonly { readonly needs: Permission | null; readonly [more: string]: unknown }[]

export type Page = (typeof pages)[number]

/** Those that whoever this is may use. */
export function usePages(): readonly Page[] {
  const allowed = useSession().data?.identity?.permissions ?? []
  return pages.filter(({ needs }) => needs === null || allowed.includes(needs))
}

/** The page at a path. */
export function pageAt(path: string): Page | undefined {
  return pages.find(({ to }) => path === to || path.startsWith(`${to}/`))
}
