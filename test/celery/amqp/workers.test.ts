import { describeBrokerWithWorkers } from '../broker-with-workers.js'
import { amqpRig } from './rig.js'

describeBrokerWithWorkers(amqpRig, {
  settings: { event_exchange: 'moved_events', control_exchange: 'moved_control' },
  options: { eventExchange: 'moved_events', controlExchange: 'moved_control' },
})
