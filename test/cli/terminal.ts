import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { newestCelery } from '../harness/celery-versions.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Node has no pseudo-terminals; the Python that Celery runs on has. */
const pseudoTerminal = `
import os, pty, sys
command = ["sh", "-c", 'stty cols 120 rows 40; exec "$@"', "sh", *sys.argv[1:]]
sys.exit(os.waitstatus_to_exitcode(pty.spawn(command)))
`

/** Whether this machine has pseudo-terminals to give: a bare chroot has none. */
export function hasTerminals(): boolean {
  return spawnSync(newestCelery().python, ['-c', 'import os; os.openpty()']).status === 0
}

interface Answer {
  /** What must have been printed before it is typed. */
  readonly to: RegExp
  readonly type: string
}

/** Runs the built command line on a terminal, 120 columns wide, where somebody may answer once. */
export async function runOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  answer?: Answer,
): Promise<{ code: number | null; screen: string }> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(newestCelery().python, ['-c', pseudoTerminal, process.execPath, main, ...args], {
    env: { PATH, HOME, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 40_000,
  })
  let screen = ''
  let typed = false
  child.stdout.on('data', (text) => {
    screen += String(text)
    if (typed || !answer?.to.test(screen)) return
    typed = true
    child.stdin.write(answer.type)
  })
  await once(child, 'close')
  return { code: child.exitCode, screen }
}
