import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { newestCelery } from '../../harness/celery-versions.js'

/** What Python is to pickle. `twice` is a list that has one object two times; `python` an expression. */
export type Described =
  | null
  | boolean
  | { readonly int: string }
  | { readonly float: string }
  | { readonly str: string }
  | { readonly bytes: string }
  | { readonly list: readonly Described[] }
  | { readonly tuple: readonly Described[] }
  | { readonly set: readonly Described[] }
  | { readonly frozenset: readonly Described[] }
  | { readonly dict: readonly (readonly [Described, Described])[] }
  | { readonly twice: Described }
  | { readonly python: string }

const script = fileURLToPath(new URL('../app/pickle_writer.py', import.meta.url))

/** A Python that pickles values, in every protocol from 0 on. */
export class PickleWriter {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  constructor() {
    this.#child = spawn(newestCelery().python, [script], { stdio: 'pipe' })
    this.#child.stderr.pipe(process.stderr)
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async pickle(value: Described): Promise<Buffer[]> {
    this.#child.stdin.write(`${JSON.stringify(value)}\n`)
    const { done, value: line } = await this.#lines.next()
    if (done) throw new Error('Python has ended')
    return z
      .array(z.string())
      .parse(JSON.parse(line))
      .map((each) => Buffer.from(each, 'base64'))
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.stdin.end()
    await ended
  }
}
