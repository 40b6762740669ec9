import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const answer = z
  .object({
    id: z.number(),
    error: z.string().optional(),
    task_id: z.string().optional(),
    task_ids: z.array(z.string()).optional(),
    state: z.string().optional(),
    result: z.unknown().optional(),
    states: z.record(z.string(), z.string()).optional(),
    answered: z.boolean().optional(),
  })
  .loose()

type Answer = z.output<typeof answer>

export interface TaskToSend {
  readonly task: string
  readonly args?: readonly unknown[]
  readonly kwargs?: object
  /** Those of Celery's apply_async. */
  readonly options?: object
}

/** Milliseconds in which Python ends. */
const longestEndMs = 20_000

/** Celery's own client in a process of its own (app/send.py): publishes, and says what AsyncResult says. */
export class Publisher {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #errors = ''
  #last = 0

  constructor(python: string, appDir: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(python, ['-u', 'send.py'], {
      cwd: appDir,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
    })
    this.#child.stderr.on('data', (text) => {
      this.#errors = (this.#errors + String(text)).slice(-4000)
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const parsed = answer.parse(JSON.parse(line))
      this.#waiting.get(parsed.id)?.(parsed)
      this.#waiting.delete(parsed.id)
    })
    this.#child.on('exit', () => {
      for (const [id, resolve] of this.#waiting)
        resolve({ id, error: `the publisher ended: ${this.#errors}` })
    })
  }

  async send(task: TaskToSend): Promise<string> {
    return z.string().parse((await this.#ask(task)).task_id)
  }

  async sendMany(count: number, task: TaskToSend): Promise<string[]> {
    return z.array(z.string()).parse((await this.#ask({ many: count, ...task })).task_ids)
  }

  /** Publishes a chain; answers with the ids from first to last. */
  async chain(tasks: readonly (TaskToSend & { readonly immutable?: boolean })[]): Promise<string[]> {
    return z.array(z.string()).parse((await this.#ask({ chain: tasks })).task_ids)
  }

  /** State and result as Celery itself sees them. */
  async result(taskId: string): Promise<{ state: string; result: unknown }> {
    const { state, result } = await this.#ask({ result: taskId })
    return { state: z.string().parse(state), result }
  }

  async states(taskIds: readonly string[]): Promise<Record<string, string>> {
    return z.record(z.string(), z.string()).parse((await this.#ask({ states: taskIds })).states)
  }

  /** Celery's own way to ask an abortable task to end. */
  async abort(taskId: string): Promise<void> {
    await this.#ask({ abort: taskId })
  }

  /** Celery's own `control.revoke(terminate=True)`, which waits for nobody. */
  async terminate(taskId: string): Promise<void> {
    await this.#ask({ terminate: taskId })
  }

  /** Whether a worker answers remote control; waits a second for that. */
  async ping(nodeName: string): Promise<boolean> {
    try {
      return z.boolean().parse((await this.#ask({ ping: nodeName })).answered)
    } catch (error) {
      // A connection from before a restart of the broker shows that it is dead only when it is used.
      if (/Connection/.test(String(error))) return false
      throw error
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.stdin.end()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), longestEndMs)
    await ended
    clearTimeout(late)
  }

  async #ask(request: object): Promise<Answer> {
    const id = ++this.#last
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`)
    const got = await answered
    if (got.error !== undefined) throw new Error(`the publisher failed: ${got.error}`)
    return got
  }
}
