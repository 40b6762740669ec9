import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

// Homebrew's and Debian's places for servers, where a PATH is often too short to find them.
const usualPlaces = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
]

/**
 * Where a program is, looking along PATH and then in the usual places.
 * @param {string} name
 * @returns {string | undefined} its full path
 */
export function findProgram(name) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...path, ...usualPlaces].map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * Folders `<parent>/<prefix>*`, by full path, the last in the alphabet first (so usually the newest version).
 * @param {string} parent
 * @param {string} prefix
 * @returns {string[]}
 */
export function foldersStarting(parent, prefix) {
  try {
    const names = readdirSync(parent).filter((name) => name.startsWith(prefix))
    return names
      .sort()
      .reverse()
      .map((name) => join(parent, name))
  } catch {
    return []
  }
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
