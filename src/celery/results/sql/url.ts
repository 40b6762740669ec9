import { BadUrl } from '../../errors.js'
import { maskUrl } from '../../mask-url.js'

/** A database as SQLAlchemy's URLs name it. */
export type SqlUrl = ServerUrl | SqliteUrl

export interface ServerUrl {
  readonly kind: 'postgresql' | 'mysql'
  /** null: the driver's default. */
  readonly host: string | null
  readonly port: number | null
  readonly user: string | null
  readonly password: string | null
  readonly database: string | null
  readonly query: ReadonlyMap<string, string>
  readonly maskedUrl: string
}

export interface SqliteUrl {
  readonly kind: 'sqlite'
  /** As it stands in the URL: a relative one is looked for from where the process was started. */
  readonly file: string
  readonly maskedUrl: string
}

const kinds = new Map<string, SqlUrl['kind']>([
  ['postgresql', 'postgresql'],
  ['postgres', 'postgresql'],
  ['postgis', 'postgresql'],
  ['mysql', 'mysql'],
  ['mariadb', 'mysql'],
  ['sqlite', 'sqlite'],
])

/** Which database a URL is for, whatever driver of Python it names: `mysql+pymysql`. undefined: one that we don't read. */
export function sqlKindOf(url: string): SqlUrl['kind'] | undefined {
  return kinds.get(url.split(/[+:]/, 1)[0]?.toLowerCase() ?? '')
}

/**
 * Reads a URL by SQLAlchemy's rules, which Django's users also write: a password may hold anything but `@`. Throws
 * BadUrl, which holds no password.
 */
export function parseSqlUrl(url: string): SqlUrl {
  const kind = sqlKindOf(url)
  const match =
    /^[a-z][\w+]*:\/\/(?:([^:/@]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:/?]*)(?::(\d*))?(?:\/([^?]*))?(?:\?(.*))?$/i
  const [all, user, password, host = '', port = '', path = '', query] = match.exec(url) ?? []
  if (kind === undefined || all === undefined) throw cantBeUsed(url)
  if (kind === 'sqlite') return sqliteAt(path, host, url)
  return {
    kind,
    host: host.replace(/^\[|\]$/g, '') || null,
    port: port === '' ? null : Number(port),
    user: decoded(user),
    password: decoded(password),
    database: path || null,
    query: new Map(new URLSearchParams(query ?? '')),
    maskedUrl: maskUrl(url),
  }
}

function sqliteAt(path: string, host: string, url: string): SqliteUrl {
  if (host !== '' || path === '' || path === ':memory:') {
    throw new BadUrl(
      `The database URL ${maskUrl(url)} names no file that other processes could read. Write it like ` +
        'sqlite:////var/lib/app/results.db (four slashes: an absolute path) or sqlite:///results.db',
    )
  }
  return { kind: 'sqlite', file: path, maskedUrl: maskUrl(url) }
}

function decoded(text: string | undefined): string | null {
  if (text === undefined || text === '') return null
  try {
    return decodeURIComponent(text)
  } catch {
    // A `%` that stands for itself.
    return text
  }
}

function cantBeUsed(url: string): BadUrl {
  return new BadUrl(
    `The database URL ${maskUrl(url)} can't be used. Write it like postgresql://USER:PASSWORD@HOST:5432/NAME, ` +
      'mysql://USER:PASSWORD@HOST:3306/NAME or sqlite:////PATH, with special characters in the password ' +
      'percent-encoded (@ as %40)',
  )
}
