import { maskUrl, parseBrokerUrl } from '../broker-url.js'
import { BadUrl } from '../errors.js'
import type { ResultBackend } from './backend.js'
import type { ResultBackendOptions } from './options.js'
import { RedisResultBackend } from './redis.js'
import { openDatabaseBackend, openDjangoBackend } from './sql/open.js'
import { sqlKindOf } from './sql/url.js'
import { UnreadableResultBackend } from './unreadable.js'

const readable = 'Redis, PostgreSQL, MySQL, MariaDB and SQLite, and those of django-celery-results'

/** Names that Celery's `result_backend` takes (`celery.app.backends.BACKEND_ALIASES`), and why we can't read them. */
const unreadable = new Map([
  ['disabled', 'No result backend is configured'],
  ['rpc', 'With rpc:// results are messages for the caller only: reading them would take them away'],
  ['amqp', 'With amqp:// results are messages for the caller only: reading them would take them away'],
  ['cache', `Crisper reads results from ${readable}; those in memcached are not read`],
  ['django-cache', `Crisper reads results from ${readable}; those in a cache of Django's are not read`],
])

const noDjangoDatabase =
  'django-db keeps results in the database of the Django application, and Crisper is not told which that is: give ' +
  '--result-database or CRISPER_RESULT_DATABASE'

const redisNames = new Set(['redis', 'rediss', 'redis+socket', 'socket', 'sentinel'])

/**
 * The result backend for a URL or name as Celery's `result_backend` takes it; it connects when it is first asked.
 * What we can't read becomes an `unreadable` one. Throws BadUrl for a URL that can't be used.
 */
export function openResultBackend(url: string | null, options: ResultBackendOptions): ResultBackend {
  const text = url?.trim() ?? ''
  if (text === '') return new UnreadableResultBackend('', 'No result backend is configured')
  const name = text.split('://', 1)[0]?.toLowerCase() ?? ''
  if (redisNames.has(name)) return new RedisResultBackend(onlyRedis(text, name), options)
  if (name === 'django-db') {
    const { djangoDatabase = null } = options
    if (djangoDatabase === null) return new UnreadableResultBackend(name, noDjangoDatabase)
    return openDjangoBackend(djangoDatabase.replace(sqlPrefix, ''), options)
  }
  const sqlUrl = text.replace(sqlPrefix, '')
  const isReadable = sqlUrl !== text && sqlKindOf(sqlUrl) !== undefined
  if (isReadable) return openDatabaseBackend(sqlUrl, maskUrl(text), options)
  const family = name.split('+', 1)[0] ?? ''
  return new UnreadableResultBackend(
    maskUrl(text),
    unreadable.get(family) ??
      `Crisper reads results from ${readable}; those of this result backend are not read`,
  )
}

/** `db+` and `database+` are names of one backend. */
const sqlPrefix = /^(db|database)\+/i

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
