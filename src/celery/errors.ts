/** A broker or result backend URL that can't be used. The message says how to write it; it never holds a password. */
export class BadUrl extends Error {
  override readonly name = 'BadUrl'
}

/** The broker can't be reached (or refused us). The message names the masked URL, the cause and the way out. */
export class BrokerUnreachable extends Error {
  override readonly name = 'BrokerUnreachable'
  constructor(
    message: string,
    /**
     * `auth`: the server answered and refused the credentials or the vhost; `network`: no usable answer; `dropped`: it
     * answers, and closed only the connection that reads events.
     */
    readonly reason: 'auth' | 'network' | 'dropped',
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** A queue can't be read, although the broker can be reached. The message says why. */
export class QueueUnreadable extends Error {
  override readonly name = 'QueueUnreadable'
  constructor(
    readonly queue: string,
    message: string,
    /** The broker has no such queue (RabbitMQ). */
    readonly missing = false,
  ) {
    super(message)
  }
}

/** An abortable task can't be asked to end, because of its result backend. The message says why. */
export class CannotAbort extends Error {
  override readonly name = 'CannotAbort'
}

/** The result backend can't be used now. The message names the masked URL, the cause and the way out. */
export class ResultBackendUnreachable extends Error {
  override readonly name = 'ResultBackendUnreachable'
}

/** Why a message was rejected; doubles as the label under which it is counted. */
export type MalformedReason =
  | 'no_envelope'
  | 'content_type'
  | 'compression'
  | 'not_utf8'
  | 'not_json'
  | 'not_msgpack'
  | 'not_yaml'
  | 'not_pickle'
  | 'not_primitive'
  | 'not_an_object'
  | 'no_type'
  | 'no_uuid'
  | 'uuid_too_long'
  | 'no_hostname'
  | 'bad_timestamp'
  | 'bad_clock'
  | 'too_large'
  | 'too_deep'

/** Input from the wire that can't be read. It is counted by `reason`, logged once and skipped; it never stops the stream. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
  constructor(
    readonly reason: MalformedReason,
    message: string,
  ) {
    super(message)
  }
}
