import { maskUrl, parseBrokerUrl } from '../broker-url.js'
import { BadUrl } from '../errors.js'
import type { ResultBackend } from './backend.js'
import { RedisResultBackend, type RedisResultOptions } from './redis.js'
import { UnreadableResultBackend } from './unreadable.js'

const noReader = 'Crisper reads results from Redis only; those of this result backend are not supported yet'

/** Names that Celery's `result_backend` takes (`celery.app.backends.BACKEND_ALIASES`), and why we can't read them. */
const unreadable = new Map([
  ['disabled', 'No result backend is configured'],
  ['rpc', 'With rpc:// results are messages for the caller only: reading them would take them away'],
  ['amqp', 'With amqp:// results are messages for the caller only: reading them would take them away'],
])

const redisNames = new Set(['redis', 'rediss', 'redis+socket', 'socket', 'sentinel'])

/**
 * The result backend for a URL or name as Celery's `result_backend` takes it; it connects when it is first asked.
 * What we can't read becomes an `unreadable` one. Throws BadUrl for a Redis URL that can't be used.
 */
export function openResultBackend(url: string | null, options: RedisResultOptions): ResultBackend {
  const text = url?.trim() ?? ''
  if (text === '') return new UnreadableResultBackend('', 'No result backend is configured')
  const name = text.split('://', 1)[0]?.toLowerCase() ?? ''
  if (!redisNames.has(name)) {
    return new UnreadableResultBackend(maskUrl(text), unreadable.get(name) ?? noReader)
  }
  return new RedisResultBackend(onlyRedis(text, name), options)
}

function onlyRedis(text: string, name: string) {
  // Celery takes the bare name for its default server, and cuts `redis+` off before it reads the URL.
  const url = text.includes('://') ? (name === 'socket' ? `redis+${text}` : text) : `${text}://`
  const [first, ...others] = parseBrokerUrl(url, 'result backend')
  if (first === undefined || first.kind === 'amqp' || others.length > 0) {
    throw new BadUrl(
      `The result backend URL ${maskUrl(text)} can't be used: a result backend is one Redis server, or a list of ` +
        'sentinels. Write it like redis://:PASSWORD@HOST:6379/1',
    )
  }
  return first
}
