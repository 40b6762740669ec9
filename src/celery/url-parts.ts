import { BadUrl } from './errors.js'
import { maskUrl } from './mask-url.js'

/** What the URL is for; names it in errors, and Celery's rules differ a little between the two. */
export type UrlRole = 'broker' | 'result backend'

/** The pieces of one URL, percent-decoded; null where it says nothing. */
export interface UrlParts {
  /** Lower case, without `://`. */
  readonly scheme: string
  readonly host: string | null
  readonly port: number | null
  readonly username: string | null
  readonly password: string | null
  /** Without its first slash. */
  readonly path: string | null
  readonly query: ReadonlyMap<string, string>
}

/**
 * Splits a URL as kombu does (`kombu.utils.url.url_to_parts`, which is Python's `urlsplit` with HTTP rules): the last
 * `@` ends the credentials, `+` in a password is itself, and a `%` that starts no escape is itself.
 */
export function splitUrl(text: string, role: UrlRole): UrlParts {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/is.exec(text)
  if (!match) throw badUrl(role, text, 'it is not of the form scheme://…')
  const [, scheme = '', authority = '', path = '', query = ''] = match
  const userEnd = authority.lastIndexOf('@')
  const userInfo = userEnd < 0 ? '' : authority.slice(0, userEnd)
  const colon = userInfo.indexOf(':')
  return {
    scheme: scheme.toLowerCase(),
    ...splitHost(authority.slice(userEnd + 1), text, role),
    username: decode(colon < 0 ? userInfo : userInfo.slice(0, colon)),
    password: decode(colon < 0 ? '' : userInfo.slice(colon + 1)),
    path: decode(path.replace(/^\//, '')),
    query: new Map([...new URLSearchParams(query)].filter(([, value]) => value !== '')),
  }
}

/** The error for a URL that can't be used. `why` must not quote the URL. */
export function badUrl(role: UrlRole, text: string, why: string): BadUrl {
  return new BadUrl(
    `The ${role} URL ${maskUrl(text) || "''"} can't be used: ${why}. Write it like ` +
      'redis://USER:PASSWORD@HOST:6379/0, rediss://…?ssl_cert_reqs=required, redis+socket:///PATH?virtual_host=0, ' +
      'sentinel://:PASSWORD@HOST:26379/0;sentinel://HOST2:26379/0' +
      `${role === 'broker' ? ', amqp://USER:PASSWORD@HOST:5672/VHOST or amqps://…' : ''}, ` +
      'with special characters in user and password percent-encoded (@ as %40, # as %23, / as %2F, ? as %3F, ; as %3B)',
  )
}

function splitHost(text: string, url: string, role: UrlRole): Pick<UrlParts, 'host' | 'port'> {
  const match = /^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(.*))?$/s.exec(text)
  if (!match) throw badUrl(role, url, 'its host can not be read')
  const [, bracketed, plain = '', port = ''] = match
  if (port !== '' && (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)) {
    throw badUrl(role, url, 'its port is not a number from 0 to 65535')
  }
  return {
    host: decode(bracketed ?? plain)?.toLowerCase() ?? null,
    // Port 0 is "not given" to kombu as well.
    port: Number(port) || null,
  }
}

/** Python's `unquote`: unlike decodeURIComponent it leaves a stray `%` alone. Empty text becomes null. */
function decode(text: string): string | null {
  const decoded = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  )
  return decoded === '' ? null : decoded
}
