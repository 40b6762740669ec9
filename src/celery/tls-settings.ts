import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { BadUrl } from './errors.js'

/** TLS as the `ssl_*` parameters of a broker or result backend URL ask for it. File names, not contents. */
export interface TlsSettings {
  /** Whether the server's certificate must be valid. */
  readonly verify: boolean
  /** Whether it must also be made out to the host name. Only with `verify`. */
  readonly checkHostname: boolean
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
}

/** The same for Node's `tls.connect`, ioredis (`tls`) and amqplib (socket options). Reads the files. */
export function toTlsOptions(settings: TlsSettings): ConnectionOptions {
  return {
    rejectUnauthorized: settings.verify,
    ...(settings.checkHostname ? {} : { checkServerIdentity: () => undefined }),
    ...(settings.caFile === null ? {} : { ca: read('ssl_ca_certs', settings.caFile) }),
    ...(settings.certFile === null ? {} : { cert: read('ssl_certfile', settings.certFile) }),
    ...(settings.keyFile === null ? {} : { key: read('ssl_keyfile', settings.keyFile) }),
  }
}

function read(parameter: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BadUrl(`The file that ${parameter} names can't be read: ${why}`, { cause: error })
  }
}
