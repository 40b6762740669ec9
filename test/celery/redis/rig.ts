import { Redis } from 'ioredis'
import { startRedis } from '../../../scripts/services/redis.mjs'
import { makeEnvelope } from '../../../src/celery/messages.js'
import type { Rig } from '../broker-rig.js'

export const redisRig: Rig = {
  kind: 'redis',
  startServer: (dir) => startRedis({ dir, password: 'right' }),
  async openPublisher(url) {
    const redis = new Redis(url)
    redis.on('error', () => undefined)
    return {
      async publish(routingKey, body) {
        const exchange = 'celeryev'
        const headers = { hostname: 'worker1@host' }
        await redis.publish(
          `/0.${exchange}/${routingKey}`,
          makeEnvelope({ body, headers, exchange, routingKey }),
        )
      },
      async close() {
        redis.disconnect()
      },
    }
  },
}
