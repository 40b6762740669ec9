import type { BrokerOptions } from '../celery/broker.js'
import type { Config } from '../config.js'

/** Settings of the configuration under their names in src/celery. */
export function brokerOptions({ broker_options: options }: Config): Partial<BrokerOptions> {
  return {
    globalKeyprefix: options.global_keyprefix,
    fanoutPrefix: options.fanout_prefix,
    fanoutPatterns: options.fanout_patterns,
    prioritySteps: options.priority_steps,
    sep: options.sep,
    eventExchange: options.event_exchange,
    controlExchange: options.control_exchange,
    eventQueue: options.event_queue,
    masterName: options.master_name,
    sentinelPassword: options.sentinel_password,
  }
}
