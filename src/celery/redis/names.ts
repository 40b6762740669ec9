import type { BrokerOptions } from '../broker.js'
import type { RedisUrl, SentinelUrl } from '../broker-url.js'

/** Keys and channels as kombu's Redis transport builds them (`kombu.transport.redis.Channel`). */
export interface RedisNames {
  /** For PSUBSCRIBE. */
  readonly eventPatterns: readonly string[]
  /** For PSUBSCRIBE: the events of workers alone, or where channels don't tell them apart, `eventPatterns`. */
  readonly workerPatterns: readonly string[]
  readonly controlExchange: string
  readonly controlChannels: readonly string[]
  /** For PSUBSCRIBE. */
  readonly controlPatterns: readonly string[]
  readonly replyExchange: string
  /** The set that says which queue a reply goes to. */
  readonly replyBindings: string
  /** The lists of a queue, one for each priority step. */
  queueKeys(queue: string): string[]
  /** The list of a queue at priority 0. */
  key(queue: string): string
  /** For SCAN: the sets of bindings, one for each exchange. */
  readonly bindingPattern: string
  /** Member of a set of bindings: routing key, pattern, queue. */
  binding(routingKey: string, queue: string): string
  /** The queue of such a member; undefined where it is none that holds tasks. */
  boundQueue(member: string): string | undefined
  /** Whether a set of bindings is that of remote control or of events. */
  isOfCelery(bindingKey: string): boolean
}

const bindings = '_kombu.binding.'

export function redisNames(url: RedisUrl | SentinelUrl, options: BrokerOptions): RedisNames {
  const { globalKeyprefix, sep, prioritySteps } = options
  const controlExchange = `${options.controlExchange}.pidbox`
  const replyExchange = `reply.${controlExchange}`
  const channels = fanoutPrefixes(url, options).map((prefix) => `${globalKeyprefix}${prefix}`)
  const events = channels.map((prefix) => escapePattern(prefix + options.eventExchange))
  const key = (queue: string): string => `${globalKeyprefix}${queue}`
  return {
    eventPatterns: options.fanoutPatterns ? events.map((channel) => `${channel}/*`) : events,
    workerPatterns: options.fanoutPatterns ? events.map((channel) => `${channel}/worker.*`) : events,
    controlExchange,
    controlChannels: channels.map((prefix) => prefix + controlExchange),
    controlPatterns: channels.map((prefix) => escapePattern(prefix + controlExchange)),
    replyExchange,
    replyBindings: key(bindings + replyExchange),
    key,
    queueKeys: (queue) => [
      key(queue),
      ...prioritySteps.filter((step) => step !== 0).map((step) => key(`${queue}${sep}${step}`)),
    ],
    bindingPattern: `${escapePattern(key(bindings))}*`,
    binding: (routingKey, queue) => [routingKey, '', queue].join(sep),
    boundQueue: (member) => {
      const [routingKey, _pattern, ...rest] = member.split(sep)
      const queue = rest.join(sep)
      // Without a routing key it is bound to a fanout exchange, and what goes there is published to channels.
      return routingKey === '' || queue === '' ? undefined : queue
    },
    isOfCelery: (bindingKey) => {
      const exchange = bindingKey.slice(key(bindings).length)
      return exchange === options.eventExchange || exchange.endsWith('.pidbox')
    },
  }
}

/**
 * Through Sentinel, kombu before 5.4 forgot to fill in the database number, so its workers speak and listen on a
 * literal `/{db}.`. We use both; a worker that hears both takes one message only once (`sentinel_fanout_compat`).
 */
function fanoutPrefixes(url: RedisUrl | SentinelUrl, { fanoutPrefix }: BrokerOptions): string[] {
  const template = fanoutPrefix === true ? '/{db}.' : fanoutPrefix || ''
  const filled = template.replaceAll('{db}', String(url.db))
  return url.kind === 'sentinel' && filled !== template ? [filled, template] : [filled]
}

function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
