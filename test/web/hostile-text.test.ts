import { beforeAll, describe, expect, test } from 'vitest'
import { expectClean, expectText, type Look } from '../harness/browser.js'
import { base, now } from '../harness/made-events.js'
import { WithBrowser } from '../harness/with-browser.js'
import { WithCrisper } from '../harness/with-crisper.js'

/** What runs where somebody makes markup or script of text. */
const markup = `<img src=x onerror="document.title='broken in'"><script>document.title='broken in'</script>`
const id = 'TEST#33/%2F?x=é'
const worker = 'celery@<b>w</b>/..%2f#é'

describe('names that are markup', () => {
  const here = new WithCrisper('redis')
  const browser = new WithBrowser()
  const look: Look = { theme: 'light', width: 1280 }

  beforeAll(async () => {
    const at = now()
    await here.raw.publish([
      { ...base(worker, at, worker), uuid: undefined, type: 'worker-online', freq: 60 },
      {
        ...base(id, at, worker),
        type: 'task-received',
        name: `${markup}.task`,
        args: `('${markup}',)`,
        kwargs: `{'company_id': '${markup}', 'javascript:alert(1)': '{{constructor}}'}`,
        root_id: id,
        parent_id: id,
        retries: 0,
        eta: null,
        expires: null,
      },
      { ...base(id, at + 0.1, worker), type: 'task-started' },
      {
        ...base(id, at + 0.2, worker),
        type: 'task-failed',
        exception: `ValueError('${markup}')`,
        traceback: `Traceback\n  File "${markup}", line 1\n${markup}`,
      },
    ])
    await here.crisper.untilState(id, 'FAILURE')
    await here.crisper.post('/api/tasks/never-seen/stop/', { reason: markup })
  })

  test.each([
    ['the list', '/tasks', `${markup}.task`],
    ['the task', `/tasks/${encodeURIComponent(id)}`, 'Why it failed'],
    ['the list by worker', `/tasks?worker=${encodeURIComponent(worker)}`, `${markup}.task`],
    ['a search', `/tasks?search=${encodeURIComponent(markup)}`, `${markup}.task`],
    ['the overview', '/overview', `${markup}.task`],
    ['the stops', '/stops', `Reason: ${markup}`],
    ['the workers', '/workers', worker],
  ])('stay text in %s', async (_where, path, text) => {
    const page = await browser.openPage(here.crisper, path, look)
    await expectText(page, text)
    expect(await page.title()).not.toContain('broken in')
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expectClean(page)
    await page.context().close()
  })

  test('stay text in the details of the audit', async () => {
    const page = await browser.openPage(here.crisper, '/audit', look)
    await page.locator('summary').filter({ hasText: 'reason' }).first().click()
    await expectText(page, JSON.stringify(markup))
    expect(await page.title()).not.toContain('broken in')
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expectClean(page)
    await page.context().close()
  })

  test('lead from the list to the task and survive a reload', async () => {
    const page = await browser.openPage(here.crisper, '/tasks', look)
    await page
      .getByRole('link', { name: `${markup}.task` })
      .first()
      .click()
    await expectText(page, 'Why it failed')
    await page.reload()
    await expectText(page, id)
    expectClean(page)
    await page.context().close()
  })
})
