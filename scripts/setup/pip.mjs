import { runToEnd } from '../services/process.mjs'
import { reasonIn } from './steps.mjs'

const install = [
  '-m',
  'pip',
  'install',
  '--no-input',
  '--disable-pip-version-check',
  '--quiet',
  '--retries',
  '2',
]

/**
 * Installs packages into an interpreter's environment. Throws with what pip said where it can't.
 * @param {string} python
 * @param {string[]} packages as pip takes them
 */
export async function pipInstall(python, packages) {
  const { ok, output } = await runToEnd(python, [...install, ...packages])
  if (!ok) throw new Error(reasonIn(output))
}
