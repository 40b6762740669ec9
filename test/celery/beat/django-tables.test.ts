import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runToEnd } from '../../../scripts/services/process.mjs'
import { DjangoBeatTables } from '../../../src/celery/beat/django-tables.js'
import { type CeleryVersion, hasDjangoBeat, oldestAndNewest } from '../../harness/celery-versions.js'
import { missingFor, type ResultStore, type StoreKind, startStore } from '../../harness/result-stores.js'

const appDir = fileURLToPath(new URL('../../harness/app/', import.meta.url))
const script = fileURLToPath(new URL('../app/make_schedule.py', import.meta.url))
const [oldest, newest = oldest] = oldestAndNewest()

const places: [StoreKind, CeleryVersion | undefined][] = [
  ['Django on PostgreSQL', newest],
  ['Django on SQLite', newest],
  ['Django on MariaDB', oldest],
]

describe.each(
  places.flatMap(([kind, celery]) => {
    if (celery === undefined) return []
    const missing = hasDjangoBeat(celery) ? missingFor(kind, celery) : 'django-celery-beat is not installed'
    const title = `Celery ${celery.version}, ${kind}${missing === null ? '' : ` (left out: ${missing})`}`
    return [{ kind, celery, missing, title }]
  }),
)('the tables of django-celery-beat: $title', ({ kind, celery, missing }) => {
  describe.skipIf(missing !== null)('as its models write them', () => {
    let store: ResultStore
    let tables: DjangoBeatTables

    beforeAll(async () => {
      store = await startStore(kind, celery)
      const env = { ...process.env, PYTHONPATH: appDir, PYTHONDONTWRITEBYTECODE: '1', ...store.env }
      const { ok, output } = await runToEnd(celery.python, [script], { env })
      if (!ok) throw new Error(output)
      tables = new DjangoBeatTables(store.djangoDatabase ?? '')
    })
    afterAll(async () => {
      await tables?.close()
      await store?.stop()
    })

    test('entries of every kind are read', async () => {
      const { entries, more } = await tables.read()
      const byName = new Map(entries.map((entry) => [entry.name, entry]))

      expect(more).toBe(false)
      expect([...byName.keys()]).toEqual([...byName.keys()].sort())
      expect(byName.get('every second')).toMatchObject({
        task: 'test.add',
        schedule: { kind: 'interval', every: 1 },
        args: [1, 2],
        kwargs: {},
        enabled: true,
        oneOff: false,
        lastRunAt: null,
        totalRuns: 0,
        problem: null,
      })
      const { changedAt } = byName.get('every second') ?? {}
      expect(Math.abs(Date.now() - (changedAt?.getTime() ?? 0))).toBeLessThan(60_000)
      expect(byName.get('with a secret')).toMatchObject({ kwargs: { rows: 3 }, queue: 'celery' })
      expect(byName.get('at four')?.schedule).toEqual({
        kind: 'crontab',
        fields: { minute: '0', hour: '4', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: 'mon-fri' },
        timezone: 'Europe/Lisbon',
      })
      const { schedule: once } = byName.get('once') ?? {}
      expect(once?.kind === 'clocked' && Math.round((once.at.getTime() - Date.now()) / 3_600_000)).toBe(24)
      expect(byName.get('once')?.oneOff).toBe(true)
      expect(byName.get('at sunset')?.schedule).toEqual({
        kind: 'solar',
        event: 'sunset',
        latitude: -37.81,
        longitude: 144.96,
      })
      expect(byName.get('disabled')).toMatchObject({ enabled: false, schedule: { every: 0.00025 } })
      expect(byName.get('expired')?.expiresAt?.getTime()).toBeLessThan(Date.now())
      expect(byName.get('not yet')?.startsAt?.getTime()).toBeGreaterThan(Date.now())
      expect(byName.get('no json')).toMatchObject({ args: "['a'", problem: expect.stringMatching(/no JSON/) })
      expect(byName.get('missed')).toMatchObject({ totalRuns: 7, lastRunAt: expect.any(Date) })
    })
  })
})

test('a database that does not answer is told in a sentence, without its password', async () => {
  const tables = new DjangoBeatTables('postgres://crisper:hunter2@127.0.0.1:1/app')
  await expect(tables.read()).rejects.toMatchObject({
    absent: false,
    message: expect.stringMatching(
      /^Can't read the schedule in postgres:\/\/crisper:\*+@127\.0\.0\.1:1\/app: .*ECONNREFUSED.* Check that the database runs/,
    ),
  })
})
