import { describeBroker } from '../broker-contract.js'
import { redisRig } from './rig.js'

describeBroker(redisRig)
