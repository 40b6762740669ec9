import { Leadership } from '../db/leadership.js'
import type { Log } from '../tasks/log.js'
import { LedParts } from './led-parts.js'
import type { OpenDatabase } from './open-database.js'
import type { StartedParts } from './started-parts.js'

/** Whether this Crisper leads, tried once, and what runs only where it does: still to begin. */
export async function openLead(
  { address }: OpenDatabase,
  log: Log,
  started: StartedParts,
): Promise<{ leadership: Leadership; led: LedParts }> {
  const leadership = new Leadership(address, log)
  await leadership.start()
  started.add('lead', () => leadership.stop())
  return { leadership, led: new LedParts(leadership, log) }
}
