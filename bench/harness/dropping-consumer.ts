import type { Delivery } from '../../src/celery/broker.js'
import { decodeEvents } from '../../src/celery/events.js'
import { openBroker } from '../../src/celery/open-broker.js'

/** The child process of parse-and-drop.ts. */
const broker = openBroker(process.argv[2] ?? '')
let events = 0
let waiting: Delivery[] = []
const most = 2000

await broker.connect()
const subscription = await broker.subscribe((delivery) => {
  waiting.push(delivery)
  if (waiting.length === 1) setTimeout(drop, 50)
  else if (waiting.length === most) drop()
})

function drop(): void {
  for (const delivery of waiting) events += decodeEvents(delivery.open()).events.length
  const last = waiting.at(-1)
  waiting = []
  if (last !== undefined) subscription.acknowledge(last)
}

process.on('message', () => process.send?.(events))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
