import { describeBrokerWithWorkers } from '../broker-with-workers.js'
import { redisRig } from './rig.js'

describeBrokerWithWorkers(redisRig, {
  settings: {
    event_exchange: 'moved_events',
    control_exchange: 'moved_control',
    broker_transport_options: { global_keyprefix: 'pre-', priority_steps: [0, 5], sep: ':' },
  },
  options: {
    eventExchange: 'moved_events',
    controlExchange: 'moved_control',
    globalKeyprefix: 'pre-',
    prioritySteps: [0, 5],
    sep: ':',
  },
})
