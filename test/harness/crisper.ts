import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { detailAnswer, listAnswer, statisticsAnswer, taskAnswer } from '../../src/http/answers.js'
import { batchAnswer, stopAnswer, stoppedAnswer } from '../../src/http/stop-answers.js'
import { eventually } from './eventually.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const ingested = z.object({ events: z.record(z.string(), z.number()) })

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came back
  readonly body: any
}

/** The built product as users run it: `crisper serve` in a process of its own, on a free port. */
export class TestCrisper {
  private constructor(
    readonly url: string,
    readonly child: ChildProcess,
    readonly log: () => string,
  ) {}

  /**
   * Starts it and waits until it listens; with `ready`, until database, broker and event stream work too. `program` is
   * another copy's `crisper` than that of our `dist`.
   */
  static async start(
    flags: readonly string[],
    {
      ready = true,
      env = {},
      program = main,
    }: { ready?: boolean; env?: Readonly<Record<string, string>>; program?: string } = {},
  ): Promise<TestCrisper> {
    const child = spawn(process.execPath, [program, 'serve', '--port', '0', ...flags], {
      env: { ...withoutSettings(process.env), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let log = ''
    child.stderr.on('data', (text) => {
      log = (log + String(text)).slice(-100_000)
    })
    const url = await listening(child, () => log)
    const crisper = new TestCrisper(url, child, () => log)
    if (ready) {
      await eventually(
        'readiness',
        () => crisper.get('/readyz'),
        ({ status }) => status === 200,
      )
    }
    return crisper
  }

  async get(path: string): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`)
    return { status: response.status, body: await response.json() }
  }

  /** Of tasks and of workers, since its start. */
  async eventsRead(): Promise<number> {
    const { events } = ingested.parse((await this.get('/api/ingest/')).body)
    return Object.values(events).reduce((sum, count) => sum + count, 0)
  }

  /** Posts JSON; text is sent as it is, undefined as an empty body. */
  post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers)
  }

  /** As `post`, with any method. The body of an empty answer is undefined. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined
        ? { headers }
        : {
            body: typeof body === 'string' ? body : JSON.stringify(body),
            headers: { 'content-type': 'application/json', ...headers },
          }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  async list(query = ''): Promise<z.output<typeof listAnswer>> {
    return listAnswer.parse((await this.get(`/api/tasks/?${query}`)).body)
  }

  async statistics(query = ''): Promise<z.output<typeof statisticsAnswer>> {
    return statisticsAnswer.parse((await this.get(`/api/tasks/statistics/?${query}`)).body)
  }

  async task(taskId: string): Promise<z.output<typeof detailAnswer>> {
    return detailAnswer.parse((await this.get(`/api/tasks/${encodeURIComponent(taskId)}/`)).body)
  }

  async stop(taskId: string, body: object = {}): Promise<z.output<typeof stoppedAnswer>> {
    const answer = await this.post(`/api/tasks/${encodeURIComponent(taskId)}/stop/`, body)
    if (answer.status !== 200) throw new Error(`not stopped: ${JSON.stringify(answer)}`)
    return stoppedAnswer.parse(answer.body)
  }

  /** A stop as it stands now. */
  async stopRequest(id: string): Promise<z.output<typeof stopAnswer>> {
    return stopAnswer.parse((await this.get(`/api/stops/${id}/`)).body)
  }

  untilStop(id: string, ...statuses: string[]): Promise<z.output<typeof stopAnswer>> {
    return eventually(
      `stop ${id} to be ${statuses.join(' or ')}`,
      () => this.stopRequest(id),
      ({ status }) => statuses.includes(status),
    )
  }

  async batch(id: string): Promise<z.output<typeof batchAnswer>> {
    return batchAnswer.parse((await this.get(`/api/stop-batches/${id}/`)).body)
  }

  untilState(taskId: string, ...states: string[]): Promise<z.output<typeof taskAnswer>> {
    return eventually(
      `${taskId} to be ${states.join(' or ')}`,
      async () => taskAnswer.parse((await this.get(`/api/tasks/${encodeURIComponent(taskId)}/`)).body),
      ({ state }) => states.includes(state),
    )
  }

  /** Ends it as a service manager does; answers with the exit code. */
  async end(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    const exited = once(this.child, 'exit')
    this.child.kill('SIGTERM')
    await exited
    if (this.child.exitCode !== 0) console.error(`crisper serve did not end well:\n${this.log()}`)
    return this.child.exitCode
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }
}

async function listening(child: ChildProcess, log: () => string): Promise<string> {
  if (child.stdout === null) throw new Error('crisper serve has no output')
  const lines = createInterface({ input: child.stdout })
  const found = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const url = /^crisper listening on (\S+)$/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`crisper serve ended with ${code}: ${log()}`)))
  })
  return found
}

/** The tester's own Celery settings must not reach the product under test. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(CELERY_|DATABASE_URL|CRISPER_(?!TEST))/.test(name)),
  )
}
