import { expect, test } from 'vitest'
import { BadUrl, CannotAbort } from '../../../src/celery/errors.js'
import { openResultBackend } from '../../../src/celery/results/open.js'

const options = { resultKeyprefix: '', masterName: 'mymaster', sentinelPassword: null }

test.each<[string | null, RegExp, string]>([
  [null, /No result backend/, ''],
  ['', /No result backend/, ''],
  ['disabled://', /No result backend/, 'disabled://'],
  ['rpc://', /for the caller only/, 'rpc://'],
  ['rpc', /for the caller only/, 'rpc'],
  ['db+oracle://u:hunter2@h/db', /those of this result backend are not read/, 'db+oracle://u:**@h/db'],
  ['postgresql://u:hunter2@h/db', /are not read/, 'postgresql://u:**@h/db'],
  ['mongodb://h/', /are not read/, 'mongodb://h/'],
  ['django-db', /give --result-database/, 'django-db'],
  ['django-cache', /in a cache of Django's are not read/, 'django-cache'],
  ['cache+memcached://127.0.0.1:11211/', /in memcached are not read/, 'cache+memcached://127.0.0.1:11211/'],
])('%s is unreadable and says why', async (url, why, maskedUrl) => {
  const backend = openResultBackend(url, options)

  expect(backend).toMatchObject({ kind: 'unreadable', why: expect.stringMatching(why), maskedUrl })
  expect(await backend.get(['a'])).toEqual(new Map())
  await expect(backend.check()).resolves.toBeUndefined()
  const refusal = backend.abort('a')
  await expect(refusal).rejects.toThrow(CannotAbort)
  await expect(refusal).rejects.toThrow(why)
  await backend.close()
})

test.each([
  ['redis://:hunter2@h/1', 'redis://:**@h/1'],
  ['redis+socket:///tmp/r.sock', 'redis+socket:///tmp/r.sock'],
  ['socket:///tmp/r.sock', 'redis+socket:///tmp/r.sock'],
  ['rediss://h?ssl_cert_reqs=none', 'rediss://h?ssl_cert_reqs=none'],
  ['sentinel://h1;sentinel://h2', 'sentinel://h1;sentinel://h2'],
  ['redis', 'redis://'],
])('%s is read', async (url, maskedUrl) => {
  const backend = openResultBackend(url, options)
  expect(backend).toMatchObject({ kind: 'redis', why: null, maskedUrl })
  await backend.close()
})

test.each([
  ['db+postgresql://u:hunter2@h/db', 'db+postgresql://u:**@h/db'],
  ['database+mysql+pymysql://u:hunter2@h/db', 'database+mysql+pymysql://u:**@h/db'],
  ['db+sqlite:////var/results.db', 'db+sqlite:////var/results.db'],
])('%s is read, and nothing is loaded or opened for it yet', async (url, maskedUrl) => {
  const backend = openResultBackend(url, options)
  expect(backend).toMatchObject({ kind: 'database', why: null, maskedUrl })
  expect(await backend.get([])).toEqual(new Map())
  await backend.close()
})

test.each([
  ['postgres://u:hunter2@h/shop', 'django-db (postgres://u:**@h/shop)'],
  ['db+sqlite:////srv/shop/db.sqlite3', 'django-db (sqlite:////srv/shop/db.sqlite3)'],
])('django-db is read in %s', async (djangoDatabase, maskedUrl) => {
  const backend = openResultBackend('django-db', { ...options, djangoDatabase })
  expect(backend).toMatchObject({ kind: 'django', why: null, maskedUrl })
  await backend.close()
})

test.each([
  'db+postgresql://u:hunter2@h:port/db',
  'db+sqlite://',
  'rediss://:hunter2@h',
  'redis://:hunter2@h/x',
  'redis://:hunter2@h1;redis://h2',
])('%s is refused', (url) => {
  expect(() => openResultBackend(url, options)).toThrow(BadUrl)
  expect(() => openResultBackend(url, options)).not.toThrow(/hunter2/)
})
