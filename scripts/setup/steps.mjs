/** Set-up can't go on. The message is for the person at the terminal: what is missing and how to get it. */
export class SetUpFailed extends Error {
  /** @override */
  name = 'SetUpFailed'
}

/**
 * Does one step of the set-up and prints a line about it: what, and how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(what, work) {
  const start = Date.now()
  process.stdout.write(`${what} … `)
  try {
    const result = await work()
    process.stdout.write(`${((Date.now() - start) / 1000).toFixed(1)} s\n`)
    return result
  } catch (error) {
    process.stdout.write('failed\n')
    throw error
  }
}

/**
 * The lines that say why an installer failed, or its last ones.
 * @param {string} output
 */
export function reasonIn(output) {
  const lines = output.trim().split('\n')
  const errors = lines.filter((line) => /^(E:|ERROR:|npm error|Error:|sudo:)/.test(line))
  return (errors.length > 0 ? errors : lines).slice(-3).join(' ')
}
