import type { Delivery } from '../celery/broker.js'
import { type CeleryEvent, decodeEvents, type WorkerEvent } from '../celery/events.js'
import { ClockWatch } from '../tasks/clock.js'

/** Told about each worker event; `clockSkew` in seconds where the worker's clock is wrong. Must not throw. */
type OnWorkerEvent = (event: WorkerEvent, clockSkew: number | undefined) => void

/**
 * What workers say of themselves, told to the fleet as it comes. It is apart from the events of tasks (src/tasks/ingest.ts),
 * since every replica needs all of it, and of those each hears a part, or none. What can't be read is counted there.
 */
export class WorkerStream {
  readonly #clock = new ClockWatch()
  readonly #onWorkerEvent: OnWorkerEvent

  constructor(onWorkerEvent: OnWorkerEvent) {
    this.#onWorkerEvent = onWorkerEvent
  }

  readonly take = (delivery: Delivery): void => {
    for (const event of decodeEvents(delivery.open()).events) {
      if (isOfWorker(event)) this.#onWorkerEvent(event, this.#clock.place(event).skew)
    }
  }
}

function isOfWorker(event: CeleryEvent): event is WorkerEvent {
  return event.type.startsWith('worker-')
}
