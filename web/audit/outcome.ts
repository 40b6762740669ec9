import type { AuditEntry } from '../api/types.js'

const outcomes: Readonly<Record<number, Outcome>> = {
  400: 'wrong',
  401: 'unknown',
  403: 'forbidden',
  404: 'missing',
  409: 'late',
  429: 'tooMany',
}

type Outcome = 'done' | 'wrong' | 'unknown' | 'forbidden' | 'missing' | 'late' | 'tooMany' | 'failed'

/** What an HTTP status meant. A provider's page leads back also those whom it did not let in: nobody came of that. */
export function outcomeOf({ action, who, status }: Pick<AuditEntry, 'action' | 'who' | 'status'>): Outcome {
  if (action === 'session.begin' && who === 'nobody' && status < 400) return 'unknown'
  if (status < 400) return 'done'
  return outcomes[status] ?? (status < 500 ? 'wrong' : 'failed')
}
