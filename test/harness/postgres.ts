import { randomBytes } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { findBinaries } from '../../src/db/embedded/binaries.js'
import { prepareCluster } from '../../src/db/embedded/cluster.js'
import { stopOrphan } from '../../src/db/embedded/orphan.js'
import { ServerLog } from '../../src/db/embedded/server-log.js'
import { ensureServerUser, isRoot } from '../../src/db/embedded/server-user.js'
import { startServer } from '../../src/db/embedded/start-server.js'

export interface TestPostgres {
  /** `postgres://` over TCP, with the password. */
  readonly url: string
  stop(): Promise<void>
  /** Stops it if it runs and starts it again, on the same port with the same data. */
  restart(): Promise<void>
  /** Ends it as a crash would; `restart` brings it back. */
  kill(): Promise<void>
}

/** A PostgreSQL like one that users bring: over TCP, with a password. `dir` is made passable for other accounts. */
export async function startPostgres({ dir }: { dir: string }): Promise<TestPostgres> {
  await mkdir(dir, { recursive: true })
  if (isRoot()) await chmod(dir, 0o755)
  const user = await ensureServerUser()
  const binaries = await findBinaries({ user, log: () => undefined })
  const cluster = join(dir, 'postgres')
  const password = randomBytes(12).toString('hex')
  const passwordFile = join(dir, 'password')
  await writeFile(passwordFile, `${password}\n`)
  await chmod(passwordFile, 0o644)
  const access = ['--auth-local=reject', '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`]
  await prepareCluster({ binaries, user, cluster, access })

  const port = await freePort()
  const connection = { host: '127.0.0.1', port, user: 'crisper', password, database: 'crisper' }
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', jit: 'off' }
  const start = async () => {
    const log = await ServerLog.open(join(dir, 'postgres.log'), user)
    try {
      await stopOrphan(cluster, () => undefined)
      return { log, process: await startServer({ binaries, user, cluster, settings, log }, connection) }
    } catch (error) {
      await log.close()
      throw error
    }
  }

  let running: Awaited<ReturnType<typeof start>> | undefined = await start()
  const end = async (how: 'stop' | 'kill') => {
    const ending = running
    running = undefined
    await ending?.process[how]()
    await ending?.log.close()
  }
  return {
    url: `postgres://crisper:${password}@127.0.0.1:${port}/crisper`,
    stop: () => end('stop'),
    kill: () => end('kill'),
    restart: async () => {
      await end('stop')
      running = await start()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
