import type { Audit } from '../access/audit.js'
import type { Log } from '../tasks/log.js'
import { Repeating } from '../tasks/repeating.js'

const everyMs = 3_600_000
const dayMs = 24 * 3_600_000

/** Lets the audit forget what is older, now and every hour. */
export function keepAudit(audit: Audit, days: number, log: Log): Repeating {
  return new Repeating(everyMs, async () => {
    try {
      await audit.forget(new Date(Date.now() - days * dayMs))
    } catch (error) {
      log.warn({ err: error }, 'old entries of the audit could not be removed')
    }
  })
}
