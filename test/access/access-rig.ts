import { startRedis } from '../../scripts/services/redis.mjs'
import { connect, type DatabaseConnection } from '../../src/db/connect.js'
import { newTokenAnswer } from '../../src/http/access-answers.js'
import type { TestBroker } from '../harness/cluster.js'
import { type Answer, TestCrisper } from '../harness/crisper.js'
import { startPostgres, type TestPostgres } from '../harness/postgres.js'
import { TestFolder } from '../harness/test-folder.js'

/** A Crisper on a PostgreSQL and a Redis of its own, with settings, that can be asked with or without a token. */
export class AccessRig {
  readonly #tokens = new Map<string, string>()

  private constructor(
    readonly folder: TestFolder,
    readonly redis: TestBroker,
    readonly postgres: TestPostgres,
    readonly database: DatabaseConnection,
    readonly crisper: TestCrisper,
  ) {}

  /** `settings` is a crisper.yaml. */
  static async start(settings: string, flags: readonly string[] = []): Promise<AccessRig> {
    const folder = new TestFolder()
    const redis = await startRedis({ dir: folder.path('redis') })
    const postgres = await startPostgres({ dir: folder.path('postgres') })
    const urls = ['--broker', redis.url, '--database', postgres.url, '--result-backend', redis.url]
    const crisper = await TestCrisper.start([
      ...urls,
      '--config',
      folder.writeConfig(settings),
      ...flags,
    ]).catch(async (error) => {
      await postgres.stop()
      await redis.stop()
      throw error
    })
    return new AccessRig(
      folder,
      redis,
      postgres,
      connect({ url: postgres.url }, () => {}),
      crisper,
    )
  }

  async stop(): Promise<void> {
    await this.database.close()
    await this.crisper.end()
    await this.postgres.stop()
    await this.redis.stop()
    this.folder.remove()
  }

  /** Makes a token, and remembers it under its name. The first becomes the one that makes the others. */
  async makeToken(name: string, role: string, scope: object = {}): Promise<string> {
    const [maker] = this.#tokens.values()
    const made = await this.ask('POST', '/api/tokens/', { token: maker, body: { name, role, scope } })
    const { token } = newTokenAnswer.parse(made.body)
    this.#tokens.set(name, token)
    return token
  }

  /** One that was made elsewhere. */
  rememberToken(name: string, token: string): void {
    this.#tokens.set(name, token)
  }

  token(name: string): string {
    const token = this.#tokens.get(name)
    if (token === undefined) throw new Error(`no token ${name}`)
    return token
  }

  async ask(
    method: string,
    path: string,
    how: {
      readonly token?: string | undefined
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
    } = {},
  ): Promise<Answer & { readonly text: string; readonly headers: Headers }> {
    const { token, body, headers } = how
    const response = await fetch(`${this.crisper.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, body: parsed(text), headers: response.headers }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
