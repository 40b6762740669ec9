import { describeBroker } from '../broker-contract.js'
import { amqpRig } from './rig.js'

describeBroker(amqpRig)
