import { Counter, type Registry } from 'prom-client'
import type { Stop } from '../stops/stop.js'
import { isOpen } from '../stops/stop.js'

/** Stops by how they ended, since start. */
export class StopMetrics {
  readonly #ended: Counter<'status' | 'mode'>

  constructor(registry: Registry) {
    this.#ended = new Counter({
      name: 'crisper_stops_ended_total',
      help: 'Stops whose outcome became known: stopped, finished, failed, expired or cancelled. A stop that turned out to have come too late is counted again.',
      labelNames: ['status', 'mode'],
      registers: [registry],
    })
  }

  onChanged(stops: readonly Pick<Stop, 'status' | 'mode'>[]): void {
    for (const { status, mode } of stops) if (!isOpen(status)) this.#ended.inc({ status, mode })
  }
}
