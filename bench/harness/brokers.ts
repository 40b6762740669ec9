import { startRabbitmq } from '../../scripts/services/rabbitmq.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import type { BrokerKind } from '../../test/harness/cluster.js'

/** Redis lets subscribers fall behind as far as they will: nobody loses events by being slow. */
const unlimited = ['--client-output-buffer-limit', 'pubsub', '0', '0', '0']

/** A broker for contenders that are to be measured at their own pace, not at that of what they lose. */
export function startPatientBroker(kind: BrokerKind, dir: string) {
  return kind === 'redis' ? startRedis({ dir, extraArgs: unlimited }) : startRabbitmq({ dir })
}

/** Throws where it is none. */
export function brokerKinds(names: readonly string[]): BrokerKind[] {
  return names.map((name) => {
    if (name === 'redis' || name === 'amqp') return name
    throw new Error(`${name} is no broker: take redis, amqp or both`)
  })
}
