import { type Channel, type ChannelModel, connect } from 'amqplib'
import type { AmqpUrl } from '../broker-url.js'
import { BrokerUnreachable } from '../errors.js'
import { toTlsOptions } from '../tls-settings.js'

/** Seconds between heartbeats; a connection that is silent for two to three of them is lost. */
const heartbeat = 15
const connectTimeoutMs = 5_000
const closeTimeoutMs = 2_000

/** Connects once. `name` is what RabbitMQ's management lists the connection under. */
export async function openConnection(url: AmqpUrl, name: string): Promise<ChannelModel> {
  try {
    const connection = await connect(
      {
        protocol: url.tls === null ? 'amqp' : 'amqps',
        hostname: url.at.host,
        port: url.at.port,
        username: url.username,
        password: url.password,
        vhost: encodeURIComponent(url.vhost),
        heartbeat,
      },
      {
        ...(url.tls === null ? {} : toTlsOptions(url.tls)),
        timeout: connectTimeoutMs,
        noDelay: true,
        keepAlive: true,
        clientProperties: { connection_name: name },
      },
    )
    // An emitter without a listener for errors throws them; `close`, which follows, tells us the same.
    connection.on('error', () => undefined)
    return connection
  } catch (error) {
    throw toUnreachable(url, error)
  }
}

/** A channel whose errors are known by its `close` and by the calls that fail. */
export async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel()
  channel.on('error', () => undefined)
  return channel
}

/** Closes it with a bound on the wait: amqplib itself waits for an answer until the heartbeat is overdue. */
export async function closeConnection(connection: ChannelModel): Promise<void> {
  await endWithin(connection.close())
}

/**
 * Waits for the end of something that is no use any more, but not for long: amqplib's promise stays open for ever when
 * the connection is lost meanwhile. That it has ended already is no error.
 */
export async function endWithin(ending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeTimeoutMs)
  })
  await Promise.race([ending.catch(() => undefined), timeout])
  clearTimeout(timer)
}

/** Why a connection or an operation on it failed, with the masked URL and the way out. */
export function toUnreachable(url: AmqpUrl, error: unknown): BrokerUnreachable {
  if (error instanceof BrokerUnreachable) return error
  const cause = error instanceof Error ? error : new Error(String(error))
  const { reason, what, wayOut } = explain(url, cause)
  return new BrokerUnreachable(`Can't use RabbitMQ at ${url.maskedUrl}: ${what}. ${wayOut}.`, reason, {
    cause,
  })
}

export const accessRefused = 403
export const notFound = 404
/** The queue is exclusive to another connection. */
export const locked = 405

/** The reply code of AMQP in an error of amqplib, for example 404; undefined where it is none. */
export function replyCode(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined
}

/** RabbitMQ's own words, which amqplib quotes in its message. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return /with message "(.*)"$/s.exec(text)?.[1] ?? text
}

interface Explanation {
  readonly reason: BrokerUnreachable['reason']
  readonly what: string
  readonly wayOut: string
}

function explain(url: AmqpUrl, error: Error): Explanation {
  const what = textOf(error)
  if (/^Handshake terminated by server: 403/.test(what)) {
    return {
      reason: 'auth',
      what: 'it refuses the user name or password (ACCESS_REFUSED)',
      wayOut: 'Check user and password in the URL; the user guest may only come from the same machine',
    }
  }
  // amqplib doesn't say why: RabbitMQ answers so when the vhost is missing and when the user may not enter it.
  if (/^Expected ConnectionOpenOk; got <ConnectionClose /.test(what)) {
    return {
      reason: 'auth',
      what: `there is no vhost '${url.vhost}', or the user '${url.username}' may not use it`,
      wayOut:
        'Check the vhost at the end of the URL (/ is the default vhost, //name is /name) and the permissions',
    }
  }
  if (replyCode(error) === 403) {
    return { reason: 'auth', what, wayOut: `Give the user '${url.username}' the permissions named there` }
  }
  return {
    reason: 'network',
    what,
    wayOut: 'Check that RabbitMQ runs and that host, port and TLS settings in the URL are right',
  }
}

/** Node joins the failures of a name's several addresses in an AggregateError, whose own message is empty. */
function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => textOf(each)).join(', ')
  return error.message.replace(/\.$/, '')
}
