import { installCelery } from './celery.mjs'
import { installGreenPools } from './green-pools.mjs'
import * as requirement from './requirement.mjs'
import { installResultStores } from './result-stores.mjs'
import { installMissing } from './system-packages.mjs'

/**
 * @typedef {object} Wanted
 * @property {boolean} redis
 * @property {boolean} rabbitmq
 * @property {string[]} celery versions of Celery
 * @property {boolean} [browser]
 * @property {boolean} [greenPools] what Celery's pools gevent and eventlet need, as far as it can be had
 * @property {boolean} [resultStores] what results in SQL databases and with Django need, as far as it can be had
 */

/**
 * Installs what is missing on this machine, and only that; a second run does nothing. Throws SetUpFailed, whose message
 * says what to install by hand, where a server, Python or the browser can't be had.
 * @param {Wanted} wanted
 * @returns {Promise<{ celery: import('./celery.mjs').Celery[], skipped: import('./celery.mjs').Skipped[] }>}
 */
export async function setUp(wanted) {
  const { redis, rabbitmq, celery, browser = false, greenPools = false, resultStores = false } = wanted
  await installMissing([
    ...(redis ? [requirement.redis] : []),
    ...(rabbitmq ? [requirement.rabbitmq] : []),
    ...(celery.length > 0 ? [requirement.python] : []),
  ])
  // By itself, since not every system that has the others as packages has this one.
  if (browser) await installMissing([requirement.chromium])
  const installed = await installCelery(celery)
  const skipped = [
    ...installed.skipped,
    ...(greenPools ? await installGreenPools(installed.celery) : []),
    ...(resultStores ? await installResultStores(installed.celery) : []),
  ]
  return { celery: installed.celery, skipped }
}
