import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { z } from 'zod'
import { type Filters, filterNames } from '../components/filters.js'
import { Shell } from './shell.js'

/** The filters stand in the URL under the names of the API, so that a link says what is shown. */
const text = z.coerce.string().optional().catch(undefined)
const search = z.object(Object.fromEntries(filterNames.map((name) => [name, text])))

const root = createRootRoute({ component: Shell })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/tasks' })
  },
})

const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: (given): Filters => {
    const parsed = search.parse(given)
    return Object.fromEntries(
      Object.entries(parsed).filter(([, value]) => value !== undefined && value !== ''),
    )
  },
}).lazy(() => import('./tasks.js').then(({ route }) => route))

const task = createRoute({ getParentRoute: () => root, path: '/tasks/$taskId' }).lazy(() =>
  import('./task.js').then(({ route }) => route),
)

const stops = createRoute({ getParentRoute: () => root, path: '/stops' }).lazy(() =>
  import('./stops.js').then(({ route }) => route),
)

const workers = createRoute({ getParentRoute: () => root, path: '/workers' }).lazy(() =>
  import('./workers.js').then(({ route }) => route),
)

export const router = createRouter({
  routeTree: root.addChildren([home, tasks, task, stops, workers]),
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
