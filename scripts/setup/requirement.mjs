import { findChromium } from '../services/chromium.mjs'
import { runToEnd } from '../services/process.mjs'
import { findRabbitmq } from '../services/rabbitmq.mjs'
import { findRedis } from '../services/redis.mjs'
import { findPython } from './python.mjs'
import { reasonIn, SetUpFailed } from './steps.mjs'
import { canUnpackChromium, unpackChromium } from './unpacked-chromium.mjs'

/**
 * A program of the system that has to be there.
 * @typedef {object} Requirement
 * @property {string} name
 * @property {() => boolean | Promise<boolean>} isThere
 * @property {string[]} debian packages of Debian and Ubuntu
 * @property {string[]} services what those packages would start at boot
 * @property {string[]} homebrew
 * @property {string} [otherwise] what else a person can do
 * @property {{ canUnpack: () => boolean, unpack: (packages: string[]) => Promise<string> }} [unprivileged] the way of
 *   those who may not install; answers with what went wrong
 */

/** @type {Requirement} */
export const redis = {
  name: 'Redis',
  isThere: () => findRedis() !== undefined,
  debian: ['redis-server'],
  services: ['redis-server.service'],
  homebrew: ['redis'],
}

/** @type {Requirement} */
export const rabbitmq = {
  name: 'RabbitMQ',
  isThere: () => findRabbitmq() !== undefined,
  debian: ['rabbitmq-server'],
  services: ['rabbitmq-server.service', 'epmd.service', 'epmd.socket'],
  homebrew: ['rabbitmq'],
}

/** @type {Requirement} */
export const python = {
  name: 'Python 3 with venv',
  isThere: async () => (await findPython()) !== undefined,
  debian: ['python3', 'python3-venv'],
  services: [],
  homebrew: ['python@3.12'],
}

/** @type {Requirement} */
export const chromium = {
  name: 'Chromium',
  isThere: async () => {
    const program = findChromium()
    if (program === undefined) return false
    // Ubuntu's command of that name may be there only to say that there is a snap.
    const { ok, output } = await runToEnd(program, ['--version'])
    if (!ok && program === process.env.CRISPER_TEST_CHROMIUM) {
      throw new SetUpFailed(
        `CRISPER_TEST_CHROMIUM names ${program}, which does not start: ${reasonIn(output)}`,
      )
    }
    return ok
  },
  // The second font has the symbols that the first lacks.
  debian: ['chromium-headless-shell', 'fonts-dejavu-core', 'fonts-symbola'],
  services: [],
  homebrew: ['google-chrome'],
  otherwise:
    'Ubuntu has no such package: install Google Chrome there, or say in CRISPER_TEST_CHROMIUM where a Chromium is.',
  unprivileged: { canUnpack: canUnpackChromium, unpack: unpackChromium },
}
