import { readFileSync } from 'node:fs'
import { BadConfig, type Config } from '../config.js'
import type { Access, App } from '../http/context.js'
import { isLoopback } from '../loopback.js'

/** Milliseconds that requests have to end in when Crisper ends: a hard stop waits for its confirmation that long. */
const lastRequestsMs = 3000

/** Before anything listens. Throws BadConfig. */
export async function refuseOpenDoor(host: string, { authenticator }: Access): Promise<void> {
  if (isLoopback(host) || (await authenticator.required())) return
  throw new BadConfig(
    `host: ${host} can be reached from other machines, and nobody would have to sign in. Make a token first, with ` +
      'crisper token create --name me --role admin, or configure access (docs/security.md); or listen on 127.0.0.1',
  )
}

/** Throws BadConfig where it can't be read. */
export function readTls({ cert, key }: NonNullable<Config['tls']>): { cert: Buffer; key: Buffer } {
  try {
    return { cert: readFileSync(cert), key: readFileSync(key) }
  } catch (error) {
    throw new BadConfig(`tls: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Throws BadConfig where nobody may listen there. */
export async function listen(app: App, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const way = 'give another with --port or CRISPER_PORT (0 picks a free one)'
    if (code === 'EADDRINUSE')
      throw new BadConfig(`port: ${port} on ${host} is taken, perhaps by another Crisper; ${way}`)
    if (code === 'EACCES') throw new BadConfig(`port: ${port} may not be used by this user; ${way}`)
    if (code === 'EADDRNOTAVAIL') throw new BadConfig(`host: this machine has no address ${host}`)
    throw error
  }
}

/** Lets requests that are under way end; connections on which nothing was ever asked, as browsers open them, don't count. */
export async function closeSoon(app: App): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), lastRequestsMs)
  await app.close()
  clearTimeout(timer)
}
