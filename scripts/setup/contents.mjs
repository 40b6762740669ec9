import { existsSync, readFileSync } from 'node:fs'

/**
 * @param {string} file
 * @returns {string | undefined} undefined where there is no such file
 */
export function contents(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
