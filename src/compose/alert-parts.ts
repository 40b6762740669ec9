import type { FastifyBaseLogger } from 'fastify'
import { AlertStore } from '../alerts/alert-store.js'
import { Alerting } from '../alerts/alerting.js'
import { openChannels } from '../alerts/channels/open.js'
import { AlertDesk } from '../alerts/desk.js'
import { Outbox } from '../alerts/outbox.js'
import { RuleStore } from '../alerts/rule-store.js'
import type { AlertSettings } from '../alerts/settings.js'
import { UsualTimes } from '../alerts/usual-times.js'
import type { Broker } from '../celery/broker.js'
import type { Queues } from '../fleet/queues.js'
import type { Workers } from '../fleet/workers.js'
import type { LedParts } from './led-parts.js'
import type { OpenDatabase } from './open-database.js'
import type { StartedParts } from './started-parts.js'

/** What alerts. Whoever leads looks after the rules. */
export function startAlerts(parts: {
  settings: AlertSettings
  database: OpenDatabase
  broker: Broker
  queues: Queues
  workers: Workers
  log: FastifyBaseLogger
  started: StartedParts
  led: LedParts
}): AlertDesk {
  const { settings, database, broker, queues, workers, log, started, led } = parts
  const { db, table } = database
  const channels = openChannels(settings)
  started.add('alert channels', () => {
    for (const channel of channels.values()) channel.close()
  })
  const [rules, alerts] = [new RuleStore(db), new AlertStore(db)]
  const outbox = new Outbox({ db, channels, publicUrl: settings.public_url, log })
  const sources = { db, table, broker, queues, workers, usualTimes: new UsualTimes() }
  const alerting = new Alerting({ sources, rules, alerts, outbox, log })
  led.add('alerting', alerting)
  return new AlertDesk({ rules, alerts, outbox, alerting, channels })
}
