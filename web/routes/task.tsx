import { createLazyRoute } from '@tanstack/react-router'
import { TaskPage } from '../task/task-page.js'

export const route = createLazyRoute('/tasks/$taskId')({ component: TaskPage })
