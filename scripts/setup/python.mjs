import { runToEnd } from '../services/process.mjs'

/** @typedef {{ path: string, minor: number }} Python an interpreter of Python 3 that can make virtual environments */

const newestFirst = [14, 13, 12, 11, 10, 9, 8]
const everyVersion = { min: 8, max: Number.POSITIVE_INFINITY }

/**
 * Finds an interpreter within a range of minor versions of Python 3: the usual `python3` first, then any other.
 * @param {{ min: number, max: number }} [range]
 * @returns {Promise<Python | undefined>}
 */
export async function findPython({ min, max } = everyVersion) {
  const names = ['python3', '/usr/bin/python3', ...newestFirst.map((minor) => `python3.${minor}`)]
  for (const name of names) {
    const python = await inspect(name)
    if (python !== undefined && python.minor >= min && python.minor <= max) return python
  }
  return undefined
}

/**
 * @param {string} name
 * @returns {Promise<Python | undefined>}
 */
async function inspect(name) {
  // Debian's python3 without python3-venv has the module venv, but not ensurepip that it needs.
  const question = 'import ensurepip, sys, venv; print(sys.version_info.minor, sys.executable)'
  const { ok, output } = await runToEnd(name, ['-c', question])
  const [, minor, path] = /^(\d+) (.+)$/m.exec(output) ?? []
  return ok && path !== undefined ? { path, minor: Number(minor) } : undefined
}
