import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { eventually } from '../harness/eventually.js'
import { listen } from '../harness/live.js'
import { base, now, received, started, succeeded } from '../harness/made-events.js'
import { WithCrisper } from '../harness/with-crisper.js'

describe('the live stream', () => {
  const here = new WithCrisper('redis')
  const until = (what: string, isSo: () => boolean) => eventually(what, async () => isSo(), Boolean)

  test('tells what changes, as it stands after the change', async () => {
    const live = await listen(here.crisper, '')
    expect(live.type).toBe('text/event-stream')
    await here.raw.publish([received('seen'), started('seen')])
    await until('the start to be told', () => live.statesOf('seen').includes('STARTED'))
    await here.raw.publish(succeeded('seen'))
    await until('the end to be told', () => live.statesOf('seen').includes('SUCCESS'))
    await live.close()
  })

  test('under a filter it tells what matches, and names what does not any more', async () => {
    const live = await listen(here.crisper, 'state=STARTED&company_id=4')
    const other = { ...received('of-another'), kwargs: "{'company_id': 5}" }
    await here.raw.publish([received('mine'), started('mine'), other, started('of-another')])
    await until('mine to be told', () => live.statesOf('mine').includes('STARTED'))
    await here.raw.publish(succeeded('mine', now() + 1))
    await until('its end to take it out', () => live.gone().includes('mine'))
    expect(live.statesOf('of-another')).toEqual([])
    await live.close()
  })

  test('where too much changes to be named, it says to look again', async () => {
    const live = await listen(here.crisper, '')
    const at = now()
    const ids = Array.from({ length: 3000 }, (_, n) => `crowd-${n}`)
    await here.raw.publish(ids.map((id) => ({ ...base(id, at), type: 'task-started' })))
    await until('a frame that says so', () => live.frames.some(({ many }) => many))
    for (const { tasks, gone } of live.frames) expect(tasks.length + gone.length).toBeLessThanOrEqual(500)
    await live.close()
  })

  test('a filter that is none is refused', async () => {
    expect(await here.crisper.get('/api/live/tasks/?state=GONE')).toMatchObject({ status: 400 })
  })

  test('the counts are those of the list, by state', async () => {
    const { body } = await here.crisper.get('/api/tasks/counts/?company_id=4')
    const list = await here.crisper.list('company_id=4')
    expect(body).toEqual({ total: list.total, by_state: { SUCCESS: 2 }, counted_at: expect.any(String) })
    expect(await here.crisper.get('/api/tasks/counts/?state=GONE')).toMatchObject({ status: 400 })
  })

  test('who hangs up before the answer begins leaves nothing behind', async () => {
    const { hostname, port } = new URL(here.crisper.url)
    for (let n = 0; n < 300; n += 1) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      // The session is looked for in the database, so the answer can't begin at once.
      const headers = `Host: ${hostname}\r\nCookie: crisper_session=none-${n}`
      socket.write(`GET /api/live/tasks/ HTTP/1.1\r\n${headers}\r\n\r\n`, () => socket.destroy())
    }
    await eventually(
      'no stream to be open',
      async () =>
        /^crisper_live_streams .*$/m.exec(await (await fetch(`${here.crisper.url}/metrics`)).text())?.[0],
      (streams) => streams === 'crisper_live_streams 0',
      5000,
    )
  })

  test('a stream does not keep Crisper from ending', async () => {
    const live = await listen(here.crisper, '')
    expect(await here.crisper.end()).toBe(0)
    await until('the stream to end', live.hasEnded)
  })
})
