import { connect } from 'amqplib'
import { startRabbitmq } from '../../../scripts/services/rabbitmq.mjs'
import type { Rig } from '../broker-rig.js'

export const amqpRig: Rig = {
  kind: 'amqp',
  startServer: (dir) => startRabbitmq({ dir }),
  async openPublisher(url) {
    const connection = await connect(url.replace(/\/\/$/, ''), { recovery: { maxDelay: 500 } })
    connection.on('error', () => undefined)
    return {
      async publish(routingKey, body) {
        const channel = await connection.createConfirmChannel()
        await channel.assertExchange('celeryev', 'topic', { durable: true, autoDelete: false })
        // Transient, as Celery sends them.
        channel.publish('celeryev', routingKey, Buffer.from(JSON.stringify(body)), {
          contentType: 'application/json',
          contentEncoding: 'utf-8',
          headers: { hostname: 'worker1@host' },
          persistent: false,
        })
        await channel.waitForConfirms()
        await channel.close()
      },
      close: () => connection.close(),
    }
  },
}
