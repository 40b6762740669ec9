import { maskUrl } from './mask-url.js'
import type { TlsSettings } from './tls-settings.js'
import { badUrl, splitUrl, type UrlParts, type UrlRole } from './url-parts.js'

export { maskUrl } from './mask-url.js'
export type { TlsSettings } from './tls-settings.js'
export type { UrlRole } from './url-parts.js'

export type BrokerUrl = RedisUrl | SentinelUrl | AmqpUrl

interface Credentials {
  readonly username: string | null
  readonly password: string | null
  /** null: no TLS. */
  readonly tls: TlsSettings | null
  /** For people and logs: passwords are `**`. */
  readonly maskedUrl: string
}

export interface RedisUrl extends Credentials {
  readonly kind: 'redis'
  readonly at: HostPort | { readonly path: string }
  readonly db: number
}

/** One list of sentinels. Credentials, database and TLS are those of the Redis servers that the sentinels name. */
export interface SentinelUrl extends Credentials {
  readonly kind: 'sentinel'
  readonly nodes: readonly HostPort[]
  readonly db: number
}

export interface AmqpUrl extends Credentials {
  readonly kind: 'amqp'
  readonly at: HostPort
  readonly username: string
  readonly password: string
  readonly vhost: string
}

interface HostPort {
  readonly host: string
  readonly port: number
}

const amqpSchemes = new Set(['amqp', 'amqps', 'pyamqp', 'librabbitmq'])
const redisSchemes = new Set(['redis', 'rediss', 'redis+socket'])

/**
 * Reads a broker or result backend URL as Celery does. Several URLs with `;` between are a fail-over list, in order;
 * a list of sentinels is one entry. Throws BadUrl, whose message says how to write it and holds no password.
 */
export function parseBrokerUrl(text: string, role: UrlRole = 'broker'): readonly BrokerUrl[] {
  const parts = splitList(text, role)
  const kinds = new Set(parts.map((part) => kindOf(part, text, role)))
  const [kind] = kinds
  if (kind === undefined) throw badUrl(role, text, 'it is empty')
  if (kinds.size > 1)
    throw badUrl(role, text, 'a fail-over list must be all Redis, all sentinels or all RabbitMQ')
  if (kind === 'sentinel') return [readSentinels(parts, text, role)]
  return kind === 'redis'
    ? parts.map((part) => readRedis(part, text, role))
    : parts.map((part) => readAmqp(part, text, role))
}

interface ListedUrl extends UrlParts {
  readonly maskedUrl: string
}

/**
 * Two of kombu's rules for lists (`Connection.switch`): a part that is only a host takes the rest from the first URL,
 * and a URL without a path keeps the database or vhost of the URL before it.
 */
function splitList(text: string, role: UrlRole): ListedUrl[] {
  const parts: ListedUrl[] = []
  for (const item of text.split(';').map((piece) => piece.trim())) {
    if (item === '') continue
    const [first] = parts
    if (!item.includes('://') && first !== undefined) {
      const { host, port } = splitUrl(`${first.scheme}://${item}`, role)
      const maskedUrl = `${first.scheme}://${maskUrl(`x://${item}`).slice(4)}`
      parts.push({ ...first, host, port: port ?? first.port, maskedUrl })
    } else {
      const part = splitUrl(item, role)
      parts.push({ ...part, path: part.path ?? parts.at(-1)?.path ?? null, maskedUrl: maskUrl(item) })
    }
  }
  return parts
}

function kindOf({ scheme }: UrlParts, text: string, role: UrlRole): BrokerUrl['kind'] {
  if (redisSchemes.has(scheme)) return 'redis'
  if (scheme === 'sentinel') return 'sentinel'
  if (amqpSchemes.has(scheme) && role === 'broker') return 'amqp'
  const spoken =
    role === 'broker' ? 'Redis (also through Sentinel) and RabbitMQ' : 'Redis (also through Sentinel)'
  throw badUrl(role, text, `${scheme}:// is not supported, only ${spoken}`)
}

function readRedis(part: ListedUrl, text: string, role: UrlRole): RedisUrl {
  const isSocket = part.scheme === 'redis+socket'
  if (isSocket && part.path === null) throw badUrl(role, text, 'it names no socket file')
  return {
    kind: 'redis',
    at: isSocket
      ? { path: `/${part.path ?? ''}` }
      : { host: part.host ?? '127.0.0.1', port: part.port ?? 6379 },
    db: readDatabase(isSocket ? null : part.path, part, text, role),
    ...readCredentials(part),
    tls: isSocket ? null : readRedisTls(part, text, role),
    maskedUrl: part.maskedUrl,
  }
}

function readSentinels(parts: readonly ListedUrl[], text: string, role: UrlRole): SentinelUrl {
  const [first] = parts
  if (first === undefined) throw badUrl(role, text, 'it is empty')
  return {
    kind: 'sentinel',
    nodes: parts.map(({ host, port }) => ({ host: host ?? '127.0.0.1', port: port ?? 26379 })),
    db: readDatabase(first.path, first, text, role),
    ...readCredentials(first),
    tls: hasTlsParameters(first) ? readTls(first, text, role) : null,
    maskedUrl: maskUrl(text),
  }
}

function readAmqp(part: ListedUrl, text: string, role: UrlRole): AmqpUrl {
  const isTls = part.scheme === 'amqps' || hasTlsParameters(part)
  return {
    kind: 'amqp',
    at: { host: part.host ?? '127.0.0.1', port: part.port ?? (part.scheme === 'amqps' ? 5671 : 5672) },
    username: part.username ?? 'guest',
    password: part.password ?? 'guest',
    vhost: part.path ?? '/',
    tls: isTls ? readTls(part, text, role) : null,
    maskedUrl: part.maskedUrl,
  }
}

/** Query parameters of these names win, as they do in Celery's Redis result backend. */
function readCredentials({
  username,
  password,
  query,
}: UrlParts): Pick<Credentials, 'username' | 'password'> {
  return { username: query.get('username') ?? username, password: query.get('password') ?? password }
}

function readDatabase(path: string | null, { query }: UrlParts, text: string, role: UrlRole): number {
  const digits = (query.get('virtual_host') ?? query.get('db') ?? path ?? '').replace(/^\/+|\/+$/g, '') || '0'
  if (!/^\d{1,9}$/.test(digits))
    throw badUrl(role, text, 'the database of Redis must be a number, such as …:6379/0')
  return Number(digits)
}

/**
 * Celery's rules: `rediss://` without any option is not verified as a broker
 * (`kombu.connection.Connection._init_params`) and refused as a result backend, and a backend's plain `redis://` must
 * not carry TLS options (`celery.backends.redis.RedisBackend`).
 */
function readRedisTls(part: UrlParts, text: string, role: UrlRole): TlsSettings | null {
  const isTls = part.scheme === 'rediss'
  const hasOptions = hasTlsParameters(part)
  if (role === 'result backend') {
    if (!isTls && hasOptions) throw badUrl(role, text, 'ssl_… parameters need rediss:// instead of redis://')
    if (isTls && !part.query.has('ssl_cert_reqs')) {
      throw badUrl(
        role,
        text,
        'Celery wants ?ssl_cert_reqs=required (or optional, none) after a rediss:// result backend',
      )
    }
  }
  if (!isTls && !hasOptions) return null
  if (!hasOptions) return { verify: false, checkHostname: false, caFile: null, certFile: null, keyFile: null }
  return readTls(part, text, role)
}

function hasTlsParameters({ query }: UrlParts): boolean {
  return [...query.keys()].some((name) => name.startsWith('ssl_'))
}

/** `optional` verifies too: to a client OpenSSL's CERT_OPTIONAL is the same as CERT_REQUIRED. */
function readTls({ query }: UrlParts, text: string, role: UrlRole): TlsSettings {
  const wanted = (query.get('ssl_cert_reqs') ?? 'required').replace(/^CERT_/, '').toLowerCase()
  if (!['none', 'optional', 'required'].includes(wanted)) {
    throw badUrl(role, text, 'ssl_cert_reqs must be required, optional or none')
  }
  const verify = wanted !== 'none'
  return {
    verify,
    checkHostname: verify && query.get('ssl_check_hostname')?.toLowerCase() !== 'false',
    caFile: query.get('ssl_ca_certs') ?? null,
    certFile: query.get('ssl_certfile') ?? null,
    keyFile: query.get('ssl_keyfile') ?? null,
  }
}
