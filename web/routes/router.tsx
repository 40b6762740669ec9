import { createRootRoute, createRoute, createRouter, Navigate, redirect } from '@tanstack/react-router'
import { prefetchTasks } from '../api/tasks.js'
import { Shell } from '../shell/shell.js'
import { filterNames, listQueryOf } from '../tasks/filters.js'
import { formatSearch, parseSearch, searchOf } from './search.js'

/** What stands in the URL of a page, under the names of the API, so that a link says what is shown. */
const tasksSearch = searchOf([...filterNames, 'order_by', 'columns'])
const overviewSearch = searchOf(filterNames)
const workersSearch = searchOf(['status', 'search', 'gone'])
const schedulesSearch = searchOf(['search', 'problem'])
const stopsSearch = searchOf(['status', 'task_id', 'requested_by', 'mode', 'batch_id', 'stop_id'])
const auditSearch = searchOf(['who', 'action', 'target', 'after', 'before'])

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
  validateSearch: tasksSearch,
  loaderDeps: ({ search: { columns: _, ...search } }) => search,
  loader: ({ deps }) => {
    const { query, anyState } = listQueryOf(deps)
    prefetchTasks(anyState, query)
  },
}).lazy(() => import('./tasks.js').then(({ route }) => route))

const task = createRoute({ getParentRoute: () => root, path: '/tasks/$taskId' }).lazy(() =>
  import('./task.js').then(({ route }) => route),
)

const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  validateSearch: overviewSearch,
}).lazy(() => import('./overview.js').then(({ route }) => route))

const stops = createRoute({ getParentRoute: () => root, path: '/stops', validateSearch: stopsSearch }).lazy(
  () => import('./stops.js').then(({ route }) => route),
)

const queues = createRoute({ getParentRoute: () => root, path: '/queues' }).lazy(() =>
  import('./queues.js').then(({ route }) => route),
)

const queue = createRoute({ getParentRoute: () => root, path: '/queues/$name' }).lazy(() =>
  import('./queue.js').then(({ route }) => route),
)

const workers = createRoute({
  getParentRoute: () => root,
  path: '/workers',
  validateSearch: workersSearch,
}).lazy(() => import('./workers.js').then(({ route }) => route))

const worker = createRoute({ getParentRoute: () => root, path: '/workers/$name' }).lazy(() =>
  import('./worker.js').then(({ route }) => route),
)

const alerts = createRoute({ getParentRoute: () => root, path: '/alerts' }).lazy(() =>
  import('./alerts.js').then(({ route }) => route),
)
const schedules = createRoute({
  getParentRoute: () => root,
  path: '/schedules',
  validateSearch: schedulesSearch,
}).lazy(() => import('./schedules.js').then(({ route }) => route))

const access = createRoute({ getParentRoute: () => root, path: '/access' }).lazy(() =>
  import('./access.js').then(({ route }) => route),
)

const audit = createRoute({ getParentRoute: () => root, path: '/audit', validateSearch: auditSearch }).lazy(
  () => import('./audit.js').then(({ route }) => route),
)

/** Signed in there is nothing to do here; while nobody is, the page to sign in stands here as everywhere. */
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: () => <Navigate to="/tasks" replace />,
})

const settings = createRoute({ getParentRoute: () => root, path: '/settings' }).lazy(() =>
  import('./settings.js').then(({ route }) => route),
)

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    tasks,
    task,
    overview,
    stops,
    queues,
    queue,
    workers,
    worker,
    alerts,
    schedules,
    access,
    audit,
    signIn,
    settings,
  ]),
  basepath: new URL(document.baseURI).pathname,
  defaultPreload: 'intent',
  parseSearch,
  stringifySearch: formatSearch,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
