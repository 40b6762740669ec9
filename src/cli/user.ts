import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { userAnswer, userListAnswer } from '../http/access-answers.js'
import { call } from './client.js'
import { canAsk } from './confirm.js'
import { addClientOptions, type ClientOptions, printJson, printTable } from './output.js'
import { addScopeOptions, type ScopeOptions, scopeInWords, toScopeBody } from './scope-options.js'

interface CreateOptions extends ClientOptions, ScopeOptions {
  readonly role: string
}

export function addUser(program: Command): void {
  const user = program.command('user').description('People with passwords, for small set-ups')
  addScopeOptions(addClientOptions(user.command('create')))
    .description('Make a user; the password is asked for, or read from stdin')
    .argument('<name>', 'such as an e-mail address')
    .option('--role <role>', 'viewer, operator, admin, or one of access.roles', 'viewer')
    .action(create)
  addClientOptions(user.command('list')).description('All users').action(list)
  addClientOptions(user.command('disable'))
    .description('Let a user in no more')
    .argument('<name>')
    .action(disable)
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { url, json, role } = options
  const password = await readPassword(name)
  const body = { name, password, role, scope: toScopeBody(options) }
  const user = await call(url, '/api/users/', userAnswer, body)
  if (json) printJson(user)
  else console.log(`The user ${user.name} (${user.role}) can sign in at ${url}.`)
}

async function list({ url, json }: ClientOptions): Promise<void> {
  const { users } = await call(url, '/api/users/', userListAnswer)
  if (json) printJson(users)
  else {
    printTable(
      ['name', 'role', 'sees', 'created', 'disabled'],
      users.map((user) => [
        user.name,
        user.role,
        scopeInWords(user.scope),
        user.created_at,
        user.disabled_at,
      ]),
    )
  }
}

async function disable(name: string, { url, json }: ClientOptions): Promise<void> {
  const user = await call(url, `/api/users/${encodeURIComponent(name)}/disable/`, userAnswer, {})
  if (json) printJson(user)
  else console.log(`The user ${user.name} is let in no more.`)
}

/** From a terminal without showing it; else the first line of stdin. Never a flag: others could read it. */
async function readPassword(name: string): Promise<string> {
  if (!canAsk()) return (await text(process.stdin)).split(/\r?\n/)[0] ?? ''
  process.stderr.write(`Password for ${name} (at least 12 characters): `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
