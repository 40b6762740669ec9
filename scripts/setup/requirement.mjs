import { findRabbitmq } from '../services/rabbitmq.mjs'
import { findRedis } from '../services/redis.mjs'
import { findPython } from './python.mjs'

/**
 * A program of the system that has to be there.
 * @typedef {object} Requirement
 * @property {string} name
 * @property {() => boolean | Promise<boolean>} isThere
 * @property {string[]} debian packages of Debian and Ubuntu
 * @property {string[]} services what those packages would start at boot
 * @property {string[]} homebrew
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
