import { expect, test } from 'vitest'
import { BadUrl } from '../../../src/celery/errors.js'
import { parseSqlUrl, sqlKindOf } from '../../../src/celery/results/sql/url.js'

const server = { host: 'h', port: null, user: null, password: null, database: 'd' }

test.each<[string, object]>([
  ['postgresql://h/d', { kind: 'postgresql', ...server }],
  [
    'postgresql+psycopg2://u:p@h:5433/d',
    { kind: 'postgresql', ...server, user: 'u', password: 'p', port: 5433 },
  ],
  ['postgres://u@h/d', { kind: 'postgresql', ...server, user: 'u' }],
  ['mysql+pymysql://u:a%40b@h/d?charset=utf8mb4', { kind: 'mysql', ...server, user: 'u', password: 'a@b' }],
  ['mariadb+mariadbconnector://h/d', { kind: 'mysql', ...server }],
  // SQLAlchemy's: anything but @ is a password.
  ['postgresql://u:a/b#c:d?e@h/d', { kind: 'postgresql', ...server, user: 'u', password: 'a/b#c:d?e' }],
  ['postgresql://u:100%@h/d', { kind: 'postgresql', ...server, user: 'u', password: '100%' }],
  ['postgresql://u:p@[::1]:5432/d', { kind: 'postgresql', host: '::1', port: 5432, database: 'd' }],
  ['postgresql:///d?host=/var/run/postgresql', { kind: 'postgresql', host: null, database: 'd' }],
  ['postgresql://h', { kind: 'postgresql', ...server, database: null }],
  ['sqlite:///results.db', { kind: 'sqlite', file: 'results.db' }],
  ['sqlite:////var/lib/app/results.db', { kind: 'sqlite', file: '/var/lib/app/results.db' }],
  ['sqlite+pysqlite:///a b/ç.db?timeout=3', { kind: 'sqlite', file: 'a b/ç.db' }],
])('%s', (url, expected) => {
  expect(parseSqlUrl(url)).toMatchObject(expected)
})

test('shows no password', () => {
  expect(parseSqlUrl('postgresql+psycopg2://u:hunter2@h/d').maskedUrl).toBe('postgresql+psycopg2://u:**@h/d')
  expect(parseSqlUrl('postgresql://u:hunter/2@h/d').maskedUrl).not.toContain('hunter')
})

test.each(['sqlite://', 'sqlite:///', 'sqlite:///:memory:', 'sqlite://h/file.db'])(
  '%s names no file',
  (url) => {
    expect(() => parseSqlUrl(url)).toThrow(/names no file that other processes could read/)
  },
)

test.each(['postgresql:/u:hunter2@h/d', 'postgresql://u:hunter2@h:port/d', 'oracle://u:hunter2@h/d'])(
  '%s is refused without its password',
  (url) => {
    expect(() => parseSqlUrl(url)).toThrow(BadUrl)
    expect(() => parseSqlUrl(url)).not.toThrow(/hunter2/)
  },
)

test('a database that is not read is of no kind', () => {
  expect(['oracle://h', 'mssql+pyodbc://h', 'redis://h', 'constructor://h', ''].map(sqlKindOf)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  )
})
