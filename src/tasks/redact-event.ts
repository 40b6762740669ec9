import type { TaskEvent } from '../celery/events.js'
import { isPlainObject } from '../celery/json-value.js'
import type { Redactor } from '../redaction/redactor.js'

/**
 * The event without secrets in what its task carries: itself, where there is none. Reprs are Celery's own, those of exceptions
 * Python's.
 */
export function redactEvent(event: TaskEvent, redactor: Redactor): TaskEvent {
  const celery = (text: string | null) => text && redactor.text(text, 'celery')
  const python = (text: string | null) => text && redactor.text(text, 'python')
  switch (event.type) {
    case 'task-sent':
    case 'task-received': {
      const { task } = event
      const [args, kwargs] = [celery(task.args), celery(task.kwargs)]
      return args === task.args && kwargs === task.kwargs
        ? event
        : { ...event, task: { ...task, args, kwargs } }
    }
    case 'task-succeeded': {
      const result = celery(event.result)
      return result === event.result ? event : { ...event, result }
    }
    case 'task-failed':
    case 'task-retried':
      return { ...event, exception: python(event.exception), traceback: python(event.traceback) }
    case 'crisper-context':
    case 'custom': {
      const fields = redactor.json(event.fields)
      return { ...event, fields: isPlainObject(fields) ? fields : {} }
    }
    default:
      return event
  }
}
