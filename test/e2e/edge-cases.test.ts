import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { eventually } from '../harness/eventually.js'
import { base, described, now, received, revoked, started, succeeded } from '../harness/made-events.js'
import { WithCrisper } from '../harness/with-crisper.js'

/** Inputs that people have met in the field, published over a real broker and judged through the API. */
describe.each(['redis', 'amqp'] as const)('edge cases on %s', (kind) => {
  const here = new WithCrisper(kind)

  const malformed = async (): Promise<Record<string, { count: number; sample: string }>> =>
    (await here.crisper.get('/api/ingest/')).body.malformed
  const detail = async (uuid: string) =>
    (await here.crisper.get(`/api/tasks/${encodeURIComponent(uuid)}/`)).body

  test('E1: events in reverse order give the whole job', async () => {
    const id = randomUUID()
    const at = now()
    await here.raw.publish(succeeded(id, at))
    await here.raw.publish(received(id, at - 2))
    await here.raw.publish({
      ...base(id, at - 3, 'gen1@client'),
      type: 'task-sent',
      ...described,
      queue: 'high',
      exchange: '',
      routing_key: 'high',
    })
    await eventually(
      'the sent event',
      () => detail(id),
      ({ queue }) => queue === 'high',
    )
    expect(await detail(id)).toMatchObject({
      state: 'SUCCESS',
      task_name: 'etl.process_etl_file',
      args: { text: "('a.csv',)" },
      meta: { company_id: 4 },
      enqueued_at: expect.any(String),
      attempts: [{ received_at: expect.any(String), outcome: 'task-succeeded' }],
    })
  })

  test('E2: a list of events is applied in order, and a bad one in it costs only itself', async () => {
    const [whole, partly] = [randomUUID(), randomUUID()]
    const at = now()
    await here.raw.publish([received(whole, at), started(whole, at), succeeded(whole, at)])
    await here.raw.publish([received(partly, at), { type: 'task-started' }, succeeded(partly, at)])
    await here.crisper.untilState(whole, 'SUCCESS')
    await here.crisper.untilState(partly, 'SUCCESS')
    expect(await malformed()).toMatchObject({
      no_uuid: { count: 1, sample: expect.stringContaining('task-started') },
    })
  })

  test('E3: three retries are four attempts of one job', async () => {
    const id = randomUUID()
    const at = now() - 60
    for (const n of [0, 1, 2]) {
      await here.raw.publish(received(id, at + n * 10, `w${n}@host`, n))
      await here.raw.publish(started(id, at + n * 10 + 1, `w${n}@host`))
      await here.raw.publish({
        ...base(id, at + n * 10 + 2, `w${n}@host`),
        type: 'task-retried',
        exception: `OSError(${n})`,
        traceback: 'Traceback…',
      })
    }
    await here.raw.publish([
      received(id, at + 30, 'w3@host', 3),
      started(id, at + 31, 'w3@host'),
      succeeded(id, at + 32, 'w3@host'),
    ])
    await here.crisper.untilState(id, 'SUCCESS')
    const task = await detail(id)
    expect(task).toMatchObject({ retries: 3, runtime: 0.5 })
    expect(task.attempts).toMatchObject([
      { worker: 'w0@host', exception: 'OSError(0)', outcome: 'task-retried', redelivered: false },
      { worker: 'w1@host', exception: 'OSError(1)', outcome: 'task-retried', redelivered: false },
      { worker: 'w2@host', exception: 'OSError(2)', outcome: 'task-retried', redelivered: false },
      { worker: 'w3@host', exception: null, outcome: 'task-succeeded', redelivered: false },
    ])
  })

  test('E4: a second run on another worker is flagged, shows once the head start is over, and ends', async () => {
    const id = randomUUID()
    const at = now() - 300
    await here.raw.publish([received(id, at), started(id, at), succeeded(id, at + 1)])
    await here.crisper.untilState(id, 'SUCCESS')
    await here.raw.publish([received(id, at + 30, 'w2@host'), started(id, at + 31, 'w2@host')])
    await eventually(
      'the second run',
      () => detail(id),
      ({ attempts }) => attempts.length === 2,
    )
    expect(await detail(id)).toMatchObject({
      state: 'SUCCESS',
      attempts: [{ redelivered: false }, { redelivered: true }],
    })

    await here.raw.publish(started(id, at + 130, 'w2@host'))
    await here.crisper.untilState(id, 'STARTED')
    await here.raw.publish(succeeded(id, at + 140, 'w2@host'))
    await here.crisper.untilState(id, 'SUCCESS')
  })

  test('E5: an expired task says so, and nobody stopped it', async () => {
    const id = randomUUID()
    await here.raw.publish(revoked(id, now(), { expired: true, terminated: false, signum: null }))
    expect((await here.crisper.untilState(id, 'REVOKED')).error).toMatch(/^Expired/)
  })

  test('E6: a Terminated failure beside a revoke is REVOKED in both orders', async () => {
    const [one, two] = [randomUUID(), randomUUID()]
    const failed = (id: string, at: number) => ({
      ...base(id, at),
      type: 'task-failed',
      exception: 'Terminated',
      traceback: null,
    })
    const kill = { terminated: true, signum: 'SIGKILL', expired: false }
    const failures = (await here.crisper.statistics()).failed
    await here.raw.publish(revoked(one, now(), kill))
    await here.raw.publish(failed(one, now()))
    await here.raw.publish(failed(two, now()))
    await here.raw.publish(revoked(two, now(), kill))
    for (const id of [one, two]) {
      await eventually(
        'both events',
        () => detail(id),
        ({ timeline }) => timeline?.length === 2,
      )
      expect(await detail(id)).toMatchObject({ state: 'REVOKED', error: 'Revoked: terminated (SIGKILL)' })
    }
    expect((await here.crisper.statistics()).failed).toBe(failures)
  })

  test('E7, E9: what is no event is counted by reason, and the next event is handled', async () => {
    const id = randomUUID()
    const before = await malformed()
    await here.raw.publish({ ...started(id), timestamp: null })
    await here.raw.publish({ ...started(id), timestamp: 'NaN' })
    await here.raw.publish({ ...started(id), timestamp: undefined })
    await here.raw.publish({ ...started(id), hostname: undefined })
    await here.raw.publish({ ...started(id), uuid: null })
    await here.raw.publish({ ...started(id), type: undefined })
    await here.raw.publish({ ...started(randomUUID()), clock: null })
    await here.raw.publish('a text')
    await here.raw.publishBytes(Buffer.from('{"type": "task-sta'), 'application/json')
    await here.raw.publishBytes(Buffer.from([0xff, 0xfe, 0x80]), 'application/json')
    await here.raw.publishBytes(Buffer.from('80049504', 'hex'), 'application/x-python-serialize')
    if (kind === 'redis') await here.raw.publishPayload(Buffer.from('no envelope'))
    await here.raw.publish(succeeded(id))

    await here.crisper.untilState(id, 'SUCCESS')
    const after = await malformed()
    const more = (reason: string) => (after[reason]?.count ?? 0) - (before[reason]?.count ?? 0)
    expect({
      bad_timestamp: more('bad_timestamp'),
      no_hostname: more('no_hostname'),
      no_uuid: more('no_uuid'),
      no_type: more('no_type'),
      bad_clock: more('bad_clock'),
      not_an_object: more('not_an_object'),
      not_json: more('not_json'),
      not_utf8: more('not_utf8'),
      content_type: more('content_type'),
      no_envelope: more('no_envelope'),
    }).toEqual({
      bad_timestamp: 3,
      no_hostname: 1,
      no_uuid: 1,
      no_type: 1,
      bad_clock: 1,
      not_an_object: 1,
      not_json: 1,
      not_utf8: 1,
      content_type: 1,
      no_envelope: kind === 'redis' ? 1 : 0,
    })
  })

  test('E8, E12: a worker without figures, or in another zone, or with a wrong clock, is alive', async () => {
    const beat = (hostname: string, more: object) => ({
      type: 'worker-heartbeat',
      ...base('', now(), hostname),
      freq: 60,
      sw_ver: '5.6.3',
      ...more,
    })
    await here.raw.publish(beat('nulls@host', { active: null, loadavg: null, freq: null }))
    await here.raw.publish(beat('zone@host', { utcoffset: 5.5 }))
    await here.raw.publish(beat('behind@host', { timestamp: now() - 7 * 3600, utcoffset: 7 }))
    await here.raw.publish(beat('ahead@host', { timestamp: now() + 400 * 86_400 }))
    const names = ['ahead@host', 'behind@host', 'nulls@host', 'zone@host']
    const workers = await eventually(
      'the workers',
      async () => {
        const { body } = await here.crisper.get('/api/workers/')
        return body.workers.filter(({ name }: { name: string }) => names.includes(name))
      },
      (found) => found.length === 4,
    )
    expect(workers.map((worker: { name: string }) => worker.name)).toEqual(names)
    for (const worker of workers) expect(worker.status).toBe('online')
    expect(workers[0].clock_skew).toBeGreaterThan(399 * 86_400)
    expect(Math.round(workers[1].clock_skew / 3600)).toBe(-7)
    expect(workers[3].clock_skew).toBe(null)
  })

  test('E10: any script, NUL and lone surrogates are kept as far as text can be, and found', async () => {
    const id = randomUUID()
    const other = randomUUID()
    await here.raw.publish([
      { ...received(id), name: 'naïve.таск.🎉', args: "('a\u0000b', '\ud800')" },
      { ...base(id), type: 'task-failed', exception: "ValueError('x')", traceback: 'Traceback\u0000 end' },
      succeeded(other),
    ])
    await here.crisper.untilState(other, 'SUCCESS')
    expect(await detail(id)).toMatchObject({
      task_name: 'naïve.таск.🎉',
      args: { text: "('a␀b', '\ufffd')" },
      traceback: { text: 'Traceback␀ end' },
    })
    expect((await here.crisper.list(`search=${encodeURIComponent('ТАСК.🎉')}`)).tasks).toHaveLength(1)
  })

  test('E11: owners are exact on whole reprs and unknown on cut ones', async () => {
    const [exact, cut, big] = [randomUUID(), randomUUID(), randomUUID()]
    await here.raw.publish({ ...received(exact), kwargs: `{'note': "'tenant_id': 7", 'tenant_id': 9}` })
    await here.raw.publish({ ...received(cut), kwargs: "{'tenant_id': 9, 'hosts': [..." })
    await here.raw.publish({ ...received(big), args: `('${'x'.repeat(5_000_000)}',)` })
    await here.crisper.untilState(big, 'RECEIVED')
    expect(await detail(exact)).toMatchObject({
      tenant_id: '9',
      ownership: { tenant_id: '9', company_id: null },
      sources: { tenant_id: 'arguments', state: 'event', worker: 'event' },
    })
    expect(await detail(cut)).toMatchObject({
      tenant_id: null,
      ownership: { tenant_id: 'unknown (truncated)' },
    })
    const { args } = await detail(big)
    expect(args.size).toBe(5_000_005)
    expect(args.text.length).toBeLessThan(100_000)
  })

  test('E12: durations are never negative where clocks disagree', async () => {
    const id = randomUUID()
    const at = now()
    await here.raw.publish({
      ...base(id, at, 'gen1@client'),
      type: 'task-sent',
      ...described,
      queue: 'celery',
    })
    for (const event of [
      received(id, at - 25_200, 'late@host'),
      started(id, at - 25_199, 'late@host'),
      succeeded(id, at - 25_198, 'late@host'),
    ]) {
      await here.raw.publish(event)
    }
    const task = await here.crisper.untilState(id, 'SUCCESS')
    const time = (text: string | null) => new Date(text ?? '').getTime()
    expect(time(task.started_at)).toBeGreaterThanOrEqual(time(task.enqueued_at) - 1)
    expect(time(task.finished_at)).toBeGreaterThanOrEqual(time(task.started_at))
    expect((await detail(id)).timeline.at(-1).clock_skew).toBeLessThan(-25_000)
  })

  test('E13: progress is data; odd progress breaks nothing; a burst is coalesced', async () => {
    const id = randomUUID()
    const odd = randomUUID()
    const at = now()
    const progress = (uuid: string, time: number, fields: object) => ({
      ...base(uuid, time),
      type: 'task-progress',
      ...fields,
    })
    await here.raw.publish([
      received(id, at),
      started(id, at + 0.1),
      progress(id, at + 0.2, { current: 3, total: 10 }),
    ])
    await here.raw.publish(revoked(id, at + 0.3, { terminated: true, signum: 15, expired: false }))
    expect(await here.crisper.untilState(id, 'REVOKED')).toMatchObject({ done: 3, total: 10, percent: 30 })

    await here.raw.publish(started(odd, at))
    await here.raw.publish(progress(odd, at + 1, { current: 'three', total: [] }))
    await here.raw.publish(progress(odd, at + 2, { current: 5, total: 0 }))
    expect(await here.crisper.untilState(odd, 'PROGRESS')).toMatchObject({ total: 0, percent: null })
    await here.raw.publish(progress(odd, at + 3, { current: 20, total: 10 }))
    await eventually(
      'more than all',
      () => detail(odd),
      ({ percent }) => percent === 100,
    )
    const { applied } = (await here.crisper.get('/api/ingest/')).body
    for (let n = 1; n <= 1000; n += 1)
      void here.raw.publish(progress(odd, at + 4 + n / 1000, { current: n, total: 1000 }))
    await eventually(
      'the last of a thousand',
      () => detail(odd),
      ({ done }) => done === 1000,
    )
    expect((await here.crisper.get('/api/ingest/')).body.applied - applied).toBeLessThan(500)
  })

  test('E14: ids and names of any kind go through links and answers; too long ids are counted', async () => {
    const ids = ['TEST#33/%2F?x=é', 'a b+c&d=e', '../../etc/passwd', '<script>alert(1)</script>']
    for (const id of ids) {
      await here.raw.publish({ ...received(id, now(), 'celery@<b>w</b>/..%2f#é'), name: '<script>' })
      await here.raw.publish({
        ...base(id, now(), 'gen1@client'),
        type: 'task-sent',
        ...described,
        queue: 'foo/bar.baz',
      })
      expect(await here.crisper.untilState(id, 'RECEIVED')).toMatchObject({
        task_id: id,
        task_name: '<script>',
        worker: 'celery@<b>w</b>/..%2f#é',
      })
      const answer = await fetch(`${here.crisper.url}/api/tasks/${encodeURIComponent(id)}`)
      expect(answer.headers.get('content-type')).toContain('application/json')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(await here.crisper.stop(id)).toMatchObject({ success: true, task_id: id })
    }
    expect((await here.crisper.list(`worker=${encodeURIComponent('celery@<b>w</b>/..%2f#é')}`)).total).toBe(
      ids.length,
    )

    await here.raw.publish(received('nul\u0000id'))
    expect(await here.crisper.untilState('nul\u0000id', 'RECEIVED')).toMatchObject({ task_id: 'nul␀id' })
    const longBefore = (await malformed()).uuid_too_long?.count ?? 0
    await here.raw.publish(received('x'.repeat(10_240)))
    await eventually('the long id', malformed, ({ uuid_too_long: long }) => long?.count === longBefore + 1)
    expect((await here.crisper.get(`/api/tasks/${'x'.repeat(10_240)}`)).status).toBe(414)
  })

  test('E15: a task that is its own parent, and a circle of parents, are shown as any other', async () => {
    const [own, a, b] = [randomUUID(), randomUUID(), randomUUID()]
    await here.raw.publish([
      { ...received(own), parent_id: own },
      { ...received(a), parent_id: b },
      { ...received(b), parent_id: a },
    ])
    await here.crisper.untilState(b, 'RECEIVED')
    expect(await detail(own)).toMatchObject({ parent_id: null })
    expect(await detail(a)).toMatchObject({ parent_id: b })
  })
})
