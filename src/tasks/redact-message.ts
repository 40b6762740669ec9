import { isPlainObject } from '../celery/json-value.js'
import type { TaskMessage } from '../celery/task-message.js'
import type { Redactor } from '../redaction/redactor.js'

/** The message without secrets in what its task carries. */
export function redactMessage(message: TaskMessage, redactor: Redactor): TaskMessage {
  const { task } = message
  const redacted = (text: string | null) => text && redactor.text(text)
  const headers = redactor.json(message.headers)
  return {
    ...message,
    task: { ...task, args: redacted(task.args), kwargs: redacted(task.kwargs) },
    headers: isPlainObject(headers) ? headers : {},
  }
}
