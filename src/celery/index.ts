export * from './broker.js'
export {
  type AmqpUrl,
  type BrokerUrl,
  maskUrl,
  parseBrokerUrl,
  type RedisUrl,
  type SentinelUrl,
  type TlsSettings,
} from './broker-url.js'
export * from './control.js'
export {
  BadUrl,
  BrokerUnreachable,
  CannotAbort,
  Malformed,
  type MalformedReason,
  QueueUnreadable,
  ResultBackendUnreachable,
} from './errors.js'
export {
  type CeleryEvent,
  decodeEvents,
  type TaskEvent,
  type TaskEventBase,
  type TaskEventType,
  type WorkerEvent,
} from './events.js'
export { decodeBody, makeEnvelope, parseEnvelope } from './messages.js'
export { openBroker } from './open-broker.js'
export { type Literal, type LiteralValue, type Lookup, lookup, parseLiteral } from './python-literal.js'
export type { QueueContent, QueueDrain, QueuedMessage, QueueItem, QueueMessages } from './queue-messages.js'
export { type BinaryResult, isReady, type ResultBackend, type TaskMeta } from './results/backend.js'
export { exceptionText } from './results/exception-text.js'
export { openResultBackend } from './results/open.js'
export type { ResultBackendOptions } from './results/options.js'
export { readTaskMessage, type TaskMessage } from './task-message.js'
