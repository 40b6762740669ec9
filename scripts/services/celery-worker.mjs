import { resolve } from 'node:path'
import { runToEnd, startProcess, untilReady } from './process.mjs'
import { Service } from './service.mjs'

/**
 * @typedef {object} WorkerOptions
 * @property {string} python interpreter that has Celery
 * @property {string} appDir folder that holds the application's module
 * @property {string} app the application, as `celery -A` takes it
 * @property {string} broker
 * @property {string} backend
 * @property {string} dir folder of its log
 * @property {string} name node name; without an `@` the host is `localhost`
 * @property {'prefork' | 'threads' | 'solo' | 'gevent' | 'eventlet'} [pool] default prefork
 * @property {number} [concurrency] default 2
 * @property {string[]} [queues] default `celery`
 * @property {boolean} [events] send task events (`-E`); default true
 * @property {boolean} [answers] wait until it answers a ping; false for one without remote control. Default true
 * @property {(nodeName: string) => Promise<boolean>} [ping] asks whether it answers; Celery's own command where absent
 * @property {Record<string, string>} [env] added to ours
 * @property {string[]} [args] more arguments of `celery worker`
 */

/**
 * Starts a Celery worker and waits until it is ready and answers a ping. `stop()` is Celery's warm shutdown, `kill()`
 * ends the worker and its pool at once.
 * @param {WorkerOptions} options
 */
export async function startWorker(options) {
  const { python, app, name, pool = 'prefork', concurrency = 2, queues = ['celery'], events = true } = options
  const nodeName = name.includes('@') ? name : `${name}@localhost`
  const cwd = resolve(options.appDir)
  const log = `${resolve(options.dir)}/${nodeName.replaceAll('/', '_')}.log`
  const env = {
    ...process.env,
    PYTHONPATH: cwd,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    CELERY_BROKER_URL: options.broker,
    CELERY_RESULT_BACKEND: options.backend,
    ...options.env,
  }
  const celery = ['-m', 'celery', '-A', app]
  const args = [
    'worker',
    '--loglevel',
    'INFO',
    '-n',
    nodeName,
    '-P',
    pool,
    '-c',
    `${concurrency}`,
    '-Q',
    queues.join(','),
  ]
  if (events) args.push('-E')

  const service = await Service.start(async () => {
    const running = startProcess({
      name: `worker ${nodeName}`,
      command: python,
      args: [...celery, ...args, ...(options.args ?? [])],
      cwd,
      env,
      log,
    })
    await untilReady(running, () => running.output().includes(`${nodeName} ready.`), { deadlineMs: 60_000 })
    if (options.answers === false) return running
    // On Redis a worker listens to remote control a moment after it says that it is ready.
    const command = [...celery, 'inspect', 'ping', '-d', nodeName, '--timeout', '2']
    const ping = options.ping ?? (async () => (await runToEnd(python, command, { cwd, env })).ok)
    await untilReady(running, () => ping(nodeName), { deadlineMs: 20_000 })
    return running
  })
  return Object.assign(service, { nodeName })
}
