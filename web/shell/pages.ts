import {
  IconChartHistogram,
  IconListDetails,
  IconPlayerStop,
  IconServer2,
  IconSettings,
  IconStack2,
} from '../components/icons.js'

/** The pages, in the order of the side bar; `key` is pressed after g. */
export const pages = [
  { name: 'tasks', to: '/tasks', Icon: IconListDetails, key: 't' },
  { name: 'overview', to: '/overview', Icon: IconChartHistogram, key: 'o' },
  { name: 'stops', to: '/stops', Icon: IconPlayerStop, key: 's' },
  { name: 'queues', to: '/queues', Icon: IconStack2, key: 'q' },
  { name: 'workers', to: '/workers', Icon: IconServer2, key: 'w' },
  { name: 'settings', to: '/settings', Icon: IconSettings, key: ',' },
] as const
