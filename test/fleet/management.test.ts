import { writeFileSync } from 'node:fs'
import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { BadConfig, loadConfig } from '../../src/config.js'
import { queuesAnswer } from '../../src/http/queues-answer.js'
import { runCli } from '../cli/run-cli.js'
import { expectText, screenshot } from '../harness/browser.js'
import { newestCelery } from '../harness/celery-versions.js'
import { Cluster } from '../harness/cluster.js'
import { TestCrisper } from '../harness/crisper.js'
import { eventually } from '../harness/eventually.js'
import { WithBrowser } from '../harness/with-browser.js'

type Queue = z.output<typeof queuesAnswer>['queues'][number]

let cluster: Cluster
let url: string

beforeAll(async () => {
  cluster = await Cluster.start('amqp', newestCelery(), undefined, { management: true })
  if (!('managementUrl' in cluster.broker) || !cluster.broker.managementUrl)
    throw new Error('RabbitMQ has no management plugin here')
  url = cluster.broker.managementUrl
  await cluster.startWorker({ concurrency: 1 })
})

afterAll(async () => {
  await cluster?.stop()
})

/** A Crisper that is told of that address. */
async function crisperWith(name: string, managementUrl: string) {
  const config = cluster.folder.writeConfig(`broker_options: { management_url: "${managementUrl}" }\n`, name)
  const flags = [...cluster.crisperFlags.slice(0, -2), '--data-dir', cluster.folder.path(`${name}-data`)]
  const crisper = await TestCrisper.start([...flags, '--config', config])
  const read = async () => queuesAnswer.parse((await crisper.get('/api/queues/')).body)
  const untilQueue = async (queue: string, holds: (queue: Queue) => boolean): Promise<Queue> => {
    const { queues } = await eventually(`queue ${queue}`, read, ({ queues }) =>
      queues.some((each) => each.name === queue && holds(each)),
    )
    const found = queues.find((each) => each.name === queue)
    if (found === undefined) throw new Error(`${queue} is gone`)
    return found
  }
  return { crisper, config, read, untilQueue }
}

async function declare(queue: string, messages: number): Promise<void> {
  const connection = await connect(cluster.brokerUrl.replace(/\/\/$/, ''))
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue(queue, { durable: true })
  for (let n = 0; n < messages; n += 1) channel.sendToQueue(queue, Buffer.from('{}'))
  await channel.waitForConfirms()
  await connection.close()
}

async function remove(queue: string): Promise<void> {
  const connection = await connect(cluster.brokerUrl.replace(/\/\/$/, ''))
  const channel = await connection.createChannel()
  await channel.deleteQueue(queue)
  await connection.close()
}

describe('the management API answers', () => {
  let here: Awaited<ReturnType<typeof crisperWith>>
  const browser = new WithBrowser()

  beforeAll(async () => {
    here = await crisperWith('answers', url)
  })
  afterAll(async () => {
    expect(await here?.crisper.end()).toBe(0)
  })

  test('a queue that nobody has named is listed, and none of those that Celery made for itself', async () => {
    await declare('of others', 2)

    const found = await here.untilQueue('of others', ({ unacknowledged }) => unacknowledged === 0)

    expect(found).toMatchObject({ waiting: 2, consumers: 0, workers: [], error: null })
    const { queues, problem } = await here.read()
    expect(queues.map(({ name }) => name).sort()).toEqual(['celery', 'of others'])
    expect(problem).toBeNull()
  })

  test('it tells what workers hold, and how fast messages come and go', async () => {
    await cluster.publisher.sendMany(12, { task: 'test.sleep', kwargs: { seconds: 4 } })

    const celery = await here.untilQueue(
      'celery',
      ({ unacknowledged, rates }) => (unacknowledged ?? 0) > 0 && (rates?.published ?? 0) > 0,
    )

    expect(celery).toMatchObject({ consumers: 1, workers: ['w1@localhost'] })
    const page = await browser.openPage(here.crisper, '/queues', { theme: 'light', width: 1280 })
    await expectText(page, 'Unacknowledged')
    await screenshot(page, 'queues-management-1280')
    await page.context().close()
  })

  test('a queue that was deleted a moment ago empties nothing', async () => {
    await declare('short-lived', 1)
    await here.untilQueue('short-lived', ({ waiting }) => waiting === 1)
    await remove('short-lived')

    const { queues } = await eventually('it to be gone', here.read, ({ queues }) =>
      queues.every(({ name }) => name !== 'short-lived'),
    )

    expect(queues.length).toBeGreaterThan(1)
  })

  test('the doctor tries it', async () => {
    const { out } = await runCli([
      'doctor',
      ...['--broker', cluster.brokerUrl, '--result-backend', cluster.backendUrl, '--config', here.config],
    ])
    expect(out).toMatch(/ok +management API: tells of \d+ queue/)
  })
})

describe('the management API does not', () => {
  const secret = 'hunter2'
  test.each([
    ['the password is wrong', () => url.replace('guest:guest@', `guest:${secret}@`), '(401)'],
    ['nobody listens there', () => `http://guest:${secret}@127.0.0.1:9`, 'does not answer'],
    ['it is something else', () => `http://guest:${secret}@${new URL(url).host}/elsewhere`, 'status 400'],
  ])('%s: queues are asked for one by one, and it is told why', async (_why, address, said) => {
    const { crisper, read, untilQueue } = await crisperWith('fails', address())
    await declare('celery', 0)

    expect(await untilQueue('celery', ({ waiting }) => waiting !== null)).toMatchObject({
      unacknowledged: null,
      consumers: 1,
      error: null,
    })

    const { problem } = await read()
    expect(problem).toContain(said)
    expect(problem).toContain('guest:**@')
    expect(problem).not.toContain(secret)
    expect(crisper.log()).not.toContain(secret)
    expect(await crisper.end()).toBe(0)
  })
})

test('an address that makes no sense is refused, and its password is not repeated', () => {
  const config = `${cluster.folder.path('refused')}/crisper.yaml`
  const refused = (address: string, broker: string): unknown => {
    writeFileSync(config, `broker_options: { management_url: "${address}" }\n`)
    try {
      return loadConfig({ config, broker }, {})
    } catch (error) {
      return error
    }
  }
  for (const address of ['ftp://u:hunter2@h:15672', 'http://u:hunter2%@h', 'h:15672']) {
    const error = refused(address, 'amqp://h')
    expect(error).toBeInstanceOf(BadConfig)
    expect(String(error)).toContain('broker_options.management_url')
    expect(String(error)).not.toContain('hunter2')
  }
  expect(String(refused('http://h:15672', 'redis://h'))).toContain('the broker is Redis')
})
