import type { Registry } from 'prom-client'
import type { Broker } from '../celery/broker.js'
import type { Ingest } from '../tasks/ingest.js'
import { topOf } from './label-sets.js'
import { counter, gauge } from './measured.js'

/** Types of events that are named: an application may send its own. */
const mostTypes = 50

/** What came through the event stream since start, and how it stands. */
export function ingestMetrics(registry: Registry, parts: { ingest: Ingest; broker: Broker }): void {
  const { counters } = parts.ingest
  const total = (name: string, help: string, value: () => number) =>
    counter(registry, {
      name: `crisper_ingest_${name}_total`,
      help,
      labelNames: [],
      measure: (set) => set({}, value()),
    })

  total('messages', 'Messages taken from the event stream.', () => counters.messages)
  total('written', 'Task rows written from events.', () => counters.applied)
  total('dropped', 'Messages thrown away because too many waited.', () => counters.dropped)
  total('unstorable', 'Tasks that the database refused for their content.', () => counters.unstorable)
  counter(registry, {
    name: 'crisper_ingest_events_total',
    help: 'Events by type.',
    labelNames: ['type'],
    measure: (set) => {
      for (const [type, count] of topOf(Object.entries(counters.events), mostTypes)) set({ type }, count)
    },
  })
  counter(registry, {
    name: 'crisper_ingest_malformed_total',
    help: 'Events that could not be read, by reason.',
    labelNames: ['reason'],
    measure: (set) => {
      for (const [reason, { count }] of Object.entries(counters.malformed)) set({ reason }, count)
    },
  })
  gauge(registry, {
    name: 'crisper_ingest_lag_seconds',
    help: 'Seconds from arrival to commit of the last batch of events.',
    labelNames: [],
    measure: (set) => set({}, counters.lagMs / 1000),
  })
  gauge(registry, {
    name: 'crisper_broker_up',
    help: 'Whether the broker is connected.',
    labelNames: [],
    measure: (set) => set({}, parts.broker.status.state === 'connected' ? 1 : 0),
  })
}
