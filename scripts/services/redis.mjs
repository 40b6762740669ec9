import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findProgram } from './find-program.mjs'
import { firstAnswer } from './first-answer.mjs'
import { freePort } from './free-port.mjs'
import { startProcess, untilReady } from './process.mjs'
import { Service } from './service.mjs'

/**
 * @typedef {object} RedisOptions
 * @property {string} dir its folder, made where missing
 * @property {number} [port] a free one where absent
 * @property {string} [password]
 * @property {string} [unixSocket] path of a Unix socket it listens on too
 * @property {boolean} [save] keep the data over stop, kill and restart; default false
 * @property {string[]} [extraArgs] more arguments of redis-server
 */

/** @returns {string | undefined} */
export function findRedis() {
  return findProgram('redis-server')
}

/**
 * Starts a Redis of our own on 127.0.0.1 and waits until it answers.
 * @param {RedisOptions} options
 */
export async function startRedis({ dir, port, password, unixSocket, save = false, extraArgs = [] }) {
  const folder = resolve(dir)
  await mkdir(folder, { recursive: true })
  const ownPort = port ?? (await freePort())
  const args = [
    '--port',
    `${ownPort}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--daemonize',
    'no',
    '--save',
    '',
  ]
  if (save) args.push('--appendonly', 'yes')
  if (password !== undefined) args.push('--requirepass', password)
  if (unixSocket !== undefined) args.push('--unixsocket', unixSocket, '--unixsocketperm', '700')
  args.push(...extraArgs)

  const service = await Service.start(async () => {
    const running = startProcess({
      name: 'redis-server',
      command: findRedis() ?? 'redis-server',
      args,
      log: `${folder}/redis.log`,
    })
    // While it loads its data it answers -LOADING; without our password -NOAUTH, which is as good as PONG.
    await untilReady(running, async () => /^(\+PONG|-NOAUTH)/.test(await firstAnswer(ownPort, 'PING\r\n')))
    return running
  })
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  return Object.assign(service, { url: `redis://${login}127.0.0.1:${ownPort}/0`, port: ownPort })
}
