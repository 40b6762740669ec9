import { createLazyRoute } from '@tanstack/react-router'
import { TasksPage } from '../tasks/tasks-page.js'

export const route = createLazyRoute('/tasks')({ component: TasksPage })
