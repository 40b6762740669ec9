import { Management } from '../celery/amqp/management.js'
import { parseBrokerUrl } from '../celery/broker-url.js'
import type { Config } from '../config.js'

/** RabbitMQ's management API, where the configuration names one; of the broker's vhost and, without others, its user. */
export function managementOf({ broker, broker_options: { management_url: url } }: Config): Management | null {
  const [first] = broker === null ? [] : parseBrokerUrl(broker)
  if (url === null || first?.kind !== 'amqp') return null
  const { vhost, username, password } = first
  return new Management({ url, vhost, username, password })
}
