import { Redis, type RedisOptions } from 'ioredis'
import type { RedisUrl, SentinelUrl } from '../broker-url.js'
import { BrokerUnreachable } from '../errors.js'
import { toTlsOptions } from '../tls-settings.js'

export interface RedisClientOptions {
  /** Sentinel: the name of the monitored master (Celery's transport option `master_name`). */
  readonly masterName: string
  /** Sentinel: password of the sentinels themselves (Celery's `sentinel_kwargs`). */
  readonly sentinelPassword: string | null
  /**
   * After how many milliseconds a command without an answer fails; 5,000 unless told. null for a connection that runs
   * blocking commands (BRPOP), where a late answer is no fault.
   */
  readonly commandTimeoutMs?: number | null
}

interface Known {
  readonly maskedUrl: string
  /** What ioredis emitted last: it fails commands with texts like "Connection is closed" that don't say why. */
  lastError: Error | null
}

type Where = Pick<
  RedisOptions,
  'host' | 'port' | 'path' | 'sentinels' | 'name' | 'sentinelPassword' | 'tls' | 'enableTLSForSentinelMode'
>

const known = new WeakMap<Redis, Known>()

/**
 * A client that isn't connected yet: it connects with `connectRedis` or on its first command. Once it was connected it
 * reconnects for ever (ioredis' backoff, at most 5 s). Meanwhile commands fail within seconds instead of waiting, and
 * none is sent twice. Subscriptions come back with `subscribePatterns` only. Throws BadUrl when a TLS file of the URL
 * can't be read.
 */
export function openRedis(url: RedisUrl | SentinelUrl, options: RedisClientOptions): Redis {
  const redis = new Redis({
    ...whereOf(url, options),
    db: url.db,
    ...(url.username === null ? {} : { username: url.username }),
    ...(url.password === null ? {} : { password: url.password }),
    ...(options.commandTimeoutMs === null ? {} : { commandTimeout: options.commandTimeoutMs ?? 5_000 }),
    lazyConnect: true,
    connectTimeout: 5_000,
    // RESP2 is all we need, and Redis before 6 has nothing else.
    protocol: 2,
    // 0: on every lost or failed connection whatever waits for an answer fails, so a command is never sent twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // ioredis' own way drops the subscription, and rejects unhandled, when the connection fails again meanwhile.
    autoResubscribe: false,
    // A demoted master answers so after a fail-over: connect anew, to the one that the sentinels name now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  const state: Known = { maskedUrl: url.maskedUrl, lastError: null }
  known.set(redis, state)
  redis.on('ready', () => {
    state.lastError = null
  })
  redis.on('error', (error: Error) => {
    state.lastError = error
    // ioredis would go on in database 0 when it can't select the one of the URL.
    if (isDatabaseError(error)) redis.disconnect(true)
  })
  return redis
}

/** Resolves once the client is ready. When the first attempt fails it stops trying and rejects with BrokerUnreachable. */
export async function connectRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return
  let giveUp: (error: Error) => void = () => undefined
  // Through Sentinel `connect` itself never rejects: ioredis goes round the sentinels for ever.
  const failed = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  redis.once('error', giveUp)
  try {
    await Promise.race([redis.connect(), failed])
  } catch (error) {
    const unreachable = toUnreachable(redis, error)
    redis.disconnect()
    throw unreachable
  } finally {
    redis.off('error', giveUp)
  }
}

/**
 * PSUBSCRIBE that outlives reconnects. Resolves once the patterns are in place; the client must be connected.
 * Returns the function that ends it. Messages come as the client's `pmessageBuffer` events.
 */
export async function subscribePatterns(
  redis: Redis,
  patterns: readonly string[],
): Promise<() => Promise<void>> {
  const subscribeAgain = (): void => {
    // A connection that can't subscribe is of no use: begin anew, with backoff.
    redis.psubscribe(...patterns).catch(() => redis.disconnect(true))
  }
  await redis.psubscribe(...patterns)
  redis.on('ready', subscribeAgain)
  return async () => {
    redis.off('ready', subscribeAgain)
    // Without a connection there is nothing left to end.
    await redis.punsubscribe(...patterns).catch(() => undefined)
  }
}

/** Why a connection or command of this client failed, with the masked URL, the cause behind it and the way out. */
export function toUnreachable(redis: Redis, error: unknown): BrokerUnreachable {
  const { maskedUrl, lastError } = known.get(redis) ?? { maskedUrl: 'redis', lastError: null }
  const cause = lastError ?? (error instanceof Error ? error : new Error(String(error)))
  const reason = isRefusal(cause) ? 'auth' : 'network'
  const wayOut =
    reason === 'auth'
      ? 'Check user, password and database number in the URL'
      : 'Check that Redis runs and that host, port and TLS settings in the URL are right'
  return new BrokerUnreachable(`Can't use Redis at ${maskedUrl}: ${textOf(cause)}. ${wayOut}.`, reason, {
    cause,
  })
}

function whereOf(url: RedisUrl | SentinelUrl, options: RedisClientOptions): Where {
  const tls = url.tls === null ? {} : { tls: toTlsOptions(url.tls) }
  if (url.kind === 'sentinel') {
    return {
      sentinels: url.nodes.map(({ host, port }) => ({ host, port })),
      name: options.masterName,
      ...(options.sentinelPassword === null ? {} : { sentinelPassword: options.sentinelPassword }),
      // As with redis-py, TLS options are for the Redis servers; the sentinels are asked in plain text.
      ...tls,
      enableTLSForSentinelMode: url.tls !== null,
    }
  }
  if ('path' in url.at) return { path: url.at.path }
  return { host: url.at.host, port: url.at.port, ...tls }
}

function isRefusal(error: Error): boolean {
  return (
    /^(WRONGPASS|NOAUTH|NOPERM)|invalid password|AUTH <password>|invalid username-password/.test(
      error.message,
    ) || isDatabaseError(error)
  )
}

function isDatabaseError(error: Error): boolean {
  return /DB index is out of range|invalid DB index|SELECT is not allowed/i.test(error.message)
}

/** Node joins the failures of a name's several addresses in an AggregateError, whose own message is empty. */
function textOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => textOf(each)).join(', ')
  return error.message.replace(/\.$/, '')
}
