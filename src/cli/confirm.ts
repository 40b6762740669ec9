import { createInterface } from 'node:readline/promises'

/** Whether somebody is there to be asked. The question goes to stderr: stdout may be a file. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/** Asks y/N on the terminal. No answer (Ctrl-C, Ctrl-D) is no. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new AbortController()
  terminal.once('SIGINT', () => terminal.close())
  terminal.once('close', () => closed.abort())
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, closed)).trim())
  } catch {
    return false
  } finally {
    terminal.close()
  }
}
