import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findProgram, foldersStarting, isExecutable } from './find-program.mjs'
import { firstAnswer } from './first-answer.mjs'
import { freePort } from './free-port.mjs'
import { runToEnd, startProcess, untilReady } from './process.mjs'
import { Service } from './service.mjs'

/**
 * @typedef {object} RabbitmqOptions
 * @property {string} dir its folder, made where missing; a second start finds its data there
 * @property {number} [port] a free one where absent
 * @property {boolean} [management] with the management plugin; default false
 */

/**
 * RabbitMQ's own scripts. Debian's commands of the same names in /usr/sbin are no use: they switch to the user
 * `rabbitmq` and to the system's own node.
 * @returns {string | undefined} the folder that holds `rabbitmq-server` and `rabbitmqctl`
 */
export function findRabbitmq() {
  const versions = foldersStarting('/usr/lib/rabbitmq/lib', 'rabbitmq_server-').map(
    (folder) => `${folder}/sbin`,
  )
  const homebrew = ['/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin']
  return [...versions, ...homebrew].find((sbin) => isExecutable(`${sbin}/rabbitmq-server`))
}

/**
 * Starts a RabbitMQ node of our own on 127.0.0.1 and waits until it serves AMQP: own name, data, cookie, plugins
 * (none, or management) and port mapper, so that any number of them run side by side and none touches the system's node.
 * @param {RabbitmqOptions} options
 */
export async function startRabbitmq(options) {
  try {
    return await startNode(options)
  } catch (error) {
    if (options.port !== undefined) throw error
    // A port that was free when it was chosen may be taken by the time three of them are needed: once more, with others.
    return await startNode(options)
  }
}

/**
 * @param {RabbitmqOptions} options
 */
async function startNode({ dir, port, management = false }) {
  const folder = resolve(dir)
  const sbin = findRabbitmq()
  if (sbin === undefined) throw new Error('RabbitMQ is not installed')
  const ownPort = port ?? (await freePort())
  const [epmdPort, distributionPort] = [await freePort(), await freePort()]
  const managementPort = management ? await freePort() : undefined
  await writeSettings(folder, ownPort, managementPort)
  const env = environment(folder, { ownPort, epmdPort, distributionPort })

  /** @type {import('./process.mjs').Running | undefined} */
  let epmd
  const service = await Service.start(async () => {
    if (!epmd?.alive) epmd = await startEpmd(folder, epmdPort, env)
    const running = startProcess({
      name: 'rabbitmq-server',
      command: `${sbin}/rabbitmq-server`,
      args: [],
      log: `${folder}/rabbitmq.log`,
      env,
    })
    const serves = async () => (await firstAnswer(ownPort, 'AMQP\x00\x00\x09\x01')).startsWith('\x01')
    await untilReady(running, serves, { deadlineMs: 60_000, everyMs: 50 })
    return running
  }).catch(async (error) => {
    await epmd?.kill()
    throw error
  })

  const stopNode = service.stop.bind(service)
  return Object.assign(service, {
    url: `amqp://guest:guest@127.0.0.1:${ownPort}//`,
    port: ownPort,
    /** Undefined without the management plugin. */
    managementUrl: managementPort && `http://guest:guest@127.0.0.1:${managementPort}`,
    /** @param {import('./process.mjs').StopOptions} [options] */
    async stop(options) {
      await stopNode(options)
      await epmd?.kill()
    },
    /**
     * Runs rabbitmqctl against this node and gives what it printed; throws where it fails.
     * @param {string[]} args
     */
    async rabbitmqctl(args) {
      const { ok, output } = await runToEnd(`${sbin}/rabbitmqctl`, args, { env })
      if (!ok) throw new Error(`rabbitmqctl ${args.join(' ')} failed:\n${output}`)
      return output
    },
  })
}

/**
 * The port mapper. Started here because the first node that misses it starts one that outlives everything.
 * @param {string} folder
 * @param {number} port
 * @param {Record<string, string | undefined>} env
 */
async function startEpmd(folder, port, env) {
  const epmd = startProcess({
    name: 'epmd',
    command: findEpmd(),
    args: ['-address', '127.0.0.1', '-port', `${port}`],
    log: `${folder}/epmd.log`,
    env,
  })
  // A node that looks for it too early starts one of its own all the same. It is asked for the names that it knows.
  await untilReady(epmd, async () => (await firstAnswer(port, '\x00\x01n')) !== '', {
    deadlineMs: 60_000,
    everyMs: 20,
  })
  return epmd
}

/**
 * @param {string} folder
 * @param {number} port
 * @param {number | undefined} managementPort
 */
async function writeSettings(folder, port, managementPort) {
  await mkdir(folder, { recursive: true })
  const settings = [
    `listeners.tcp.local = 127.0.0.1:${port}`,
    'log.console = true',
    'log.file = false',
    // A full disk or a small machine must not block publishers in a test or a demo.
    'disk_free_limit.absolute = 1MB',
    'vm_memory_high_watermark.relative = 0.8',
    ...(managementPort === undefined
      ? []
      : [`management.tcp.port = ${managementPort}`, 'management.tcp.ip = 127.0.0.1']),
  ]
  await writeFile(`${folder}/rabbitmq.conf`, `${settings.join('\n')}\n`)
  const plugins = managementPort === undefined ? '' : 'rabbitmq_management'
  await writeFile(`${folder}/enabled_plugins`, `[${plugins}].\n`)
  const cookie = `${folder}/.erlang.cookie`
  await writeFile(cookie, 'crisper', { mode: 0o600 })
  await chmod(cookie, 0o600)
}

/**
 * @param {string} folder
 * @param {{ ownPort: number, epmdPort: number, distributionPort: number }} ports
 * @returns {Record<string, string | undefined>}
 */
function environment(folder, { ownPort, epmdPort, distributionPort }) {
  return {
    PATH: process.env.PATH,
    LANG: process.env.LANG,
    HOME: folder,
    ERL_EPMD_PORT: `${epmdPort}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // The host must be `localhost`: a machine's own name often doesn't resolve, in containers above all.
    RABBITMQ_NODENAME: `crisper-${ownPort}@localhost`,
    RABBITMQ_CONF_ENV_FILE: `${folder}/rabbitmq-env.conf`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${folder}/advanced.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_PID_FILE: `${folder}/rabbitmq.pid`,
    RABBITMQ_GENERATED_CONFIG_DIR: `${folder}/generated`,
    RABBITMQ_DIST_PORT: `${distributionPort}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}',
    // Makes the start script become the server instead of waiting for it, so that its pid is the server's.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}

function findEpmd() {
  const homebrew = ['/opt/homebrew/opt', '/usr/local/opt'].flatMap((opt) => foldersStarting(opt, 'erlang'))
  return findProgram('epmd') ?? homebrew.map((folder) => `${folder}/bin/epmd`).find(isExecutable) ?? 'epmd'
}
