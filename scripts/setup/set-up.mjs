import { installCelery } from './celery.mjs'
import * as requirement from './requirement.mjs'
import { installMissing } from './system-packages.mjs'

/**
 * Installs what is missing on this machine, and only that; a second run does nothing. Throws SetUpFailed, whose message
 * says what to install by hand, where a server or Python can't be had.
 * @param {{ redis: boolean, rabbitmq: boolean, celery: string[] }} wanted versions of Celery
 * @returns {Promise<{ celery: import('./celery.mjs').Celery[], skipped: import('./celery.mjs').Skipped[] }>}
 */
export async function setUp({ redis, rabbitmq, celery }) {
  await installMissing([
    ...(redis ? [requirement.redis] : []),
    ...(rabbitmq ? [requirement.rabbitmq] : []),
    ...(celery.length > 0 ? [requirement.python] : []),
  ])
  return installCelery(celery)
}
