import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RedisServer {
  readonly port: number
  readonly socket: string
  /** Kills it; its data is gone. */
  stop(): Promise<void>
  /** Starts it again on the same port after `stop`. */
  start(): Promise<void>
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/** A real Redis on a free port and a socket, with nothing on disk. `settings` as on the command line of redis-server. */
export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const dir = await mkdtemp(join(tmpdir(), 'crisper-redis-'))
  const port = await freePort()
  const socket = join(dir, 'redis.sock')
  let child: ChildProcess | null = null
  const server: RedisServer = {
    port,
    socket,
    async start() {
      const args = ['--port', String(port), '--unixsocket', socket, '--dir', dir, '--save', '', ...settings]
      child = spawn('redis-server', args, { stdio: 'ignore' })
      while (!(await answers(port))) {
        if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
        await sleep(20)
      }
    },
    async stop() {
      if (child === null || child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      child = null
    },
    async remove() {
      await server.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
