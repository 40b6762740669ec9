import { amqpLinks } from './amqp/link.js'
import { type Broker, type BrokerOptions, defaultBrokerOptions } from './broker.js'
import type { OpenLink } from './broker-link.js'
import { type BrokerUrl, maskUrl, parseBrokerUrl } from './broker-url.js'
import { LastingBroker } from './lasting-broker.js'
import { openRedisLink } from './redis/link.js'

/**
 * A Broker for a URL as Celery takes it, also a `;` list for fail-over. It is not connected yet.
 * Throws BadUrl when the URL can't be used.
 */
export function openBroker(url: string, options: Partial<BrokerOptions> = {}): Broker {
  const urls = parseBrokerUrl(url)
  const settings = { ...defaultBrokerOptions, ...options }
  return new LastingBroker({
    kind: urls.some(({ kind }) => kind === 'amqp') ? 'amqp' : 'redis',
    maskedUrl: maskUrl(url),
    openers: urls.map((each) => linkOpener(each, settings)),
  })
}

function linkOpener(url: BrokerUrl, options: BrokerOptions): OpenLink {
  return url.kind === 'amqp' ? amqpLinks(url, options) : (events) => openRedisLink(url, options, events)
}
