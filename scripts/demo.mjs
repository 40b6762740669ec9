import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startWorker } from './services/celery-worker.mjs'
import { onNpmEnd } from './services/npm-end.mjs'
import { isAlive, runToEnd, startProcess, untilReady } from './services/process.mjs'
import { startRabbitmq } from './services/rabbitmq.mjs'
import { startRedis } from './services/redis.mjs'
import { installNodeModules } from './setup/node-modules.mjs'
import { setUp } from './setup/set-up.mjs'
import { SetUpFailed, step } from './setup/steps.mjs'

// npm run demo [-- --broker amqp] [-- --port N]: a private broker, two real workers on a sample application, a
// publisher, and Crisper. Everything is a child of this process and ends with it; data stays in .crisper/demo.

const celeryVersion = '5.6.3'
const folder = resolve('.crisper/demo')
const appDir = resolve('demo/app')

// Crisper outlives the workers, to hear how their last tasks end.
const stopOrder = ['publisher', 'worker', 'Crisper', 'RabbitMQ', 'Redis']

/** @type {{ name: string, stop(): Promise<void> }[]} */
const running = []
let stopping = false

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end(0))
onNpmEnd(() => void end(0))

try {
  await main()
} catch (error) {
  if (!stopping) console.error(error instanceof Error ? error.message : error)
  await end(1)
}

async function main() {
  const { amqp, port } = options()
  await assertFree(port)
  await installNodeModules()
  const python = await installPrograms(amqp)
  await step('Building Crisper', () => run(process.execPath, ['scripts/build.mjs']))

  takeFolder()
  const redis = await start('Redis', () => startRedis({ dir: `${folder}/redis`, save: true }))
  const backend = `${redis.url.replace(/\/\d*$/, '')}/1`
  const broker = amqp ? (await start('RabbitMQ', startFreshRabbitmq)).url : redis.url
  const worker = { python, appDir, app: 'crisper_demo', broker, backend, dir: `${folder}/log` }
  await start('worker prefork@demo (queue training)', () =>
    startWorker({ ...worker, name: 'prefork@demo', queues: ['training'], concurrency: 4, events: false }),
  )
  await start('worker threads@demo (queue celery)', () =>
    startWorker({ ...worker, name: 'threads@demo', pool: 'threads', concurrency: 4, events: false }),
  )
  const crisper = await start('Crisper', () => startCrisper(port, broker, backend))
  const env = {
    ...process.env,
    PYTHONDONTWRITEBYTECODE: '1',
    CELERY_BROKER_URL: broker,
    CELERY_RESULT_BACKEND: backend,
  }
  await start('publisher', async () =>
    startProcess({
      name: 'publisher',
      command: python,
      args: ['-u', 'publish.py'],
      cwd: appDir,
      env,
      log: `${folder}/log/publisher.log`,
    }),
  )
  const training = await publishTraining(python, env)
  await step('Waiting for the first tasks', () => untilKnown(crisper.url, training))
  explain(crisper.url, training)
}

/** What the command line says. */
function options() {
  try {
    const { values } = parseArgs({
      options: { broker: { type: 'string', default: 'redis' }, port: { type: 'string', default: '8722' } },
    })
    if (!['redis', 'amqp'].includes(values.broker)) throw new TypeError('--broker takes redis or amqp')
    if (!/^\d+$/.test(values.port) || Number(values.port) > 65_535) {
      throw new TypeError('--port takes a number up to 65535')
    }
    return { amqp: values.broker === 'amqp', port: Number(values.port) }
  } catch (error) {
    throw error instanceof TypeError ? new SetUpFailed(error.message) : error
  }
}

/** Two demos at once would spoil each other's data. */
function takeFolder() {
  mkdirSync(folder, { recursive: true })
  const file = `${folder}/demo.pid`
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (owner > 0 && isAlive(owner)) {
    throw new SetUpFailed(
      `A demo runs already (process ${owner}). Where that is something else, delete ${file}`,
    )
  }
  writeFileSync(file, `${process.pid}\n`)
  process.on('exit', () => rmSync(file, { force: true }))
}

/** A node is named after its port, which changes: it would never find its old data again. */
function startFreshRabbitmq() {
  const dir = `${folder}/rabbitmq`
  rmSync(dir, { recursive: true, force: true })
  return startRabbitmq({ dir })
}

/** @param {boolean} withRabbitmq @returns {Promise<string>} the interpreter that has Celery */
async function installPrograms(withRabbitmq) {
  const { celery, skipped } = await setUp({ redis: true, rabbitmq: withRabbitmq, celery: [celeryVersion] })
  const [first] = celery
  if (first === undefined) {
    const why = skipped.map(({ what, reason }) => `${what}: ${reason}`).join('; ')
    throw new SetUpFailed(`Celery could not be installed (${why}). Give this machine access to PyPI.`)
  }
  return first.python
}

/** @param {number} port @param {string} broker @param {string} backend */
async function startCrisper(port, broker, backend) {
  const crisper = startProcess({
    name: 'Crisper',
    command: process.execPath,
    args: [
      'dist/cli/main.js',
      'serve',
      ...['--broker', broker, '--result-backend', backend],
      ...['--data-dir', `${folder}/data`, '--port', `${port}`],
    ],
    log: `${folder}/log/crisper.log`,
  })
  const listening = () => /^crisper listening on (\S+)$/m.exec(crisper.output())?.[1]
  await untilReady(crisper, () => listening() !== undefined, { deadlineMs: 60_000 })
  return Object.assign(crisper, { url: listening() ?? '' })
}

/**
 * A training of twenty minutes, for somebody to stop.
 * @param {string} python
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<string>} its id
 */
async function publishTraining(python, env) {
  const code = `
from crisper_demo import app
arguments = {"model": "yearly forecast", "company_id": 4, "tenant_id": "acme", "epochs": 800}
print(app.send_task("ML.tasks.train_model_task", kwargs=arguments).id)`
  return (await run(python, ['-c', code], { cwd: appDir, env })).trim()
}

/**
 * So that what is printed works at once.
 * @param {string} url
 * @param {string} training
 */
async function untilKnown(url, training) {
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/api/tasks/${training}/`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(200)
  }
  throw new Error(`Crisper did not hear of task ${training} within 30 s. Its log: ${folder}/log/crisper.log`)
}

/** @param {string} url @param {string} training */
function explain(url, training) {
  console.log(`
Crisper runs on ${url}
  the API, to read and try:  ${url}/api/docs/
  what the tasks do now:     ${url}/api/tasks/?limit=5

Try:
  curl '${url}/api/tasks/?company_id=4&limit=5'
  curl '${url}/api/tasks/statistics/?hours_ago=1'
  curl -X POST '${url}/api/tasks/${training}/stop/' -H 'content-type: application/json' -d '{"hard": true, "reason": "trying Crisper"}'

The last one ends a training that would run for twenty minutes. Logs are in .crisper/demo/log.
Ctrl-C stops everything; the history is kept for the next start.`)
}

/**
 * Starts one part with a line about it, and watches it from then on.
 * @template {{ stop(options?: import('./services/process.mjs').StopOptions): Promise<void> }} T
 * @param {string} name
 * @param {() => Promise<T>} launch
 */
async function start(name, launch) {
  const part = await step(`Starting ${name}`, async () => {
    const started = await launch()
    // A worker's warm shutdown would wait for its tasks; SIGQUIT is Celery's cold one.
    running.push({
      name,
      stop: () => started.stop({ signal: name.startsWith('worker') ? 'SIGQUIT' : 'SIGTERM' }),
    })
    return started
  })
  // A service that can be restarted wraps its process.
  const watched = /** @type {import('./services/process.mjs').Running} */ (
    'process' in part ? part.process : part
  )
  void watched.ended.then(async (how) => {
    if (stopping) return
    console.error(
      `${name} ended (${how}). The end of ${watched.program.log}:\n${watched.lastLines()}\nStopping the rest.`,
    )
    await end(1)
  })
  return part
}

/** @param {number} code */
async function end(code) {
  if (stopping) return
  stopping = true
  if (running.length > 0) console.log('\nStopping …')
  for (const kind of stopOrder) {
    const parts = running.filter(({ name }) => name.startsWith(kind))
    await Promise.all(parts.map(({ stop }) => stop()))
  }
  process.exit(code)
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 */
async function run(command, args, options) {
  const { ok, output } = await runToEnd(command, args, options)
  if (!ok) throw new SetUpFailed(`${command} ${args[0]} failed:\n${output}`)
  return output
}

/** @param {number} port */
async function assertFree(port) {
  const server = createServer()
  await new Promise((done, fail) => {
    server.once('error', () =>
      fail(new SetUpFailed(`Port ${port} is taken. Free it, or choose another: npm run demo -- --port 8723`)),
    )
    server.listen(port, '127.0.0.1', () => server.close(done))
  })
}
