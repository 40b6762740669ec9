import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { Audit } from '../access/audit.js'
import { Roles } from '../access/roles.js'
import { parseScope } from '../access/scope.js'
import { TokenStore } from '../access/tokens.js'
import { newTokenAnswer, tokenAnswer, tokenListAnswer } from '../http/access-answers.js'
import { CrisperUnreachable, call } from './client.js'
import { toExpiry } from './expiry.js'
import { addClientOptions, type ClientOptions, printJson, printTable } from './output.js'
import { addScopeOptions, type ScopeOptions, scopeInWords, toScopeBody } from './scope-options.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'
import { withDatabase } from './with-database.js'

interface CreateOptions extends ClientOptions, ConfigOptions, ScopeOptions {
  readonly name: string
  readonly role: string
  readonly expires?: string
  readonly direct?: boolean
}

export function addToken(program: Command): void {
  const token = program.command('token').description('Tokens for the API: who may see and stop what')
  addScopeOptions(addConnectionOptions(addClientOptions(token.command('create'))))
    .description('Make a token; it is printed once')
    .requiredOption('--name <name>', 'who or what it is for; stops and the audit tell it')
    .option('--role <role>', 'viewer, operator, admin, or one of access.roles', 'viewer')
    .option('--expires <when>', 'such as 12h, 90d, or 2027-01-31; without it never')
    .option('--data-dir <dir>', 'where the embedded database lives (CRISPER_DATA_DIR)')
    .option('--direct', 'write into the database without asking a running Crisper')
    .addHelpText(
      'after',
      '\nA running Crisper is asked, with CRISPER_TOKEN where one has to sign in there; where none runs, the database is\n' +
        'written to. With the first token everybody has to sign in.',
    )
    .action(create)
  addClientOptions(token.command('list')).description('All tokens, without their secrets').action(list)
  addClientOptions(token.command('revoke'))
    .description('Revoke a token: at once, and for good')
    .argument('<name>', 'its name or id')
    .action(revoke)
}

async function create(options: CreateOptions): Promise<void> {
  const { url, json, name, role, expires, direct } = options
  const order = {
    name,
    role,
    scope: toScopeBody(options),
    expires_at: expires === undefined ? null : toExpiry(expires).toISOString(),
  }
  const token = direct ? await createDirectly(options, order) : await createThere(options, order)
  if (json) {
    printJson({ ...order, token })
    return
  }
  console.error(`crisper: the token ${name} (${role}) is told only now; give it as CRISPER_TOKEN, or as`)
  console.error(`Authorization: Bearer … to ${url}`)
  console.log(token)
}

type Order = Readonly<{ name: string; role: string; scope: object; expires_at: string | null }>

async function createThere(options: CreateOptions, order: Order): Promise<string> {
  try {
    return (await call(options.url, '/api/tokens/', newTokenAnswer, order)).token
  } catch (error) {
    if (!(error instanceof CrisperUnreachable)) throw error
    return await createDirectly(options, order)
  }
}

async function createDirectly(options: CreateOptions, order: Order): Promise<string> {
  const config = configOf(options)
  return await withDatabase(config, async ({ db }) => {
    const by = `cli:${userInfo().username}`
    const { name, role, expires_at: expires } = order
    const { secret } = await new TokenStore(db, new Roles(config.access.roles)).create({
      name,
      role,
      scope: parseScope(order.scope),
      expiresAt: expires === null ? null : new Date(expires),
      by,
    })
    await new Audit(db).add({
      at: new Date(),
      who: by,
      address: 'this machine',
      action: 'token.create',
      target: null,
      detail: { ...order },
      status: 201,
    })
    return secret
  })
}

async function list({ url, json }: ClientOptions): Promise<void> {
  const { tokens } = await call(url, '/api/tokens/', tokenListAnswer)
  if (json) {
    printJson(tokens)
    return
  }
  printTable(
    ['name', 'role', 'sees', 'created', 'by', 'expires', 'last used', 'revoked'],
    tokens.map((token) => [
      token.name,
      token.role,
      scopeInWords(token.scope),
      token.created_at,
      token.created_by,
      token.expires_at,
      token.last_used_at,
      token.revoked_at,
    ]),
  )
}

async function revoke(name: string, { url, json }: ClientOptions): Promise<void> {
  const token = await call(url, `/api/tokens/${encodeURIComponent(name)}/revoke/`, tokenAnswer, {})
  if (json) printJson(token)
  else console.log(`The token ${token.name} is revoked.`)
}
