import type { BrokerKind } from '../../test/harness/cluster.js'
import type { EventFile } from './event-file.js'
import { type Usage, usageOf } from './processes.js'

/** Where a contender is to run. */
export interface Ground {
  readonly kind: BrokerKind
  readonly brokerUrl: string
  /** For whatever it keeps; its own. */
  readonly folder: string
}

/** A program that follows Celery's events. */
export interface Contender {
  readonly name: string
  /** What of it outlives its end. */
  readonly keeps: string
  start(ground: Ground): Promise<Consumer>
}

/** One that runs. */
export interface Consumer {
  readonly pid: number
  /** Events that it has read, by its own count. */
  eventsRead(): Promise<number>
  /** Until all that it has read is where it stays. */
  untilKept(file: EventFile): Promise<void>
  end(): Promise<void>
}

/** What was used from one moment to another; memory as it is at the end. */
export function usedSince(before: Usage, pid: number): Usage {
  const now = usageOf(pid)
  return { ...now, ownCpu: now.ownCpu - before.ownCpu, othersCpu: now.othersCpu - before.othersCpu }
}
