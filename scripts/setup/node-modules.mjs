import { readFileSync } from 'node:fs'
import { runToEnd } from '../services/process.mjs'
import { reasonIn, SetUpFailed, step } from './steps.mjs'

/** Runs `npm ci` where node_modules is missing, half-made or not what package-lock.json says. */
export async function installNodeModules() {
  if (isInstalled()) return
  await step('npm ci', async () => {
    const { ok, output } = await runToEnd('npm', ['ci', '--no-audit', '--no-fund'])
    if (!ok) throw new SetUpFailed(`npm ci failed: ${reasonIn(output)}`)
  })
}

/**
 * Compares package-lock.json with npm's own record, which it writes last. By content, since a checkout changes times.
 */
function isInstalled() {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true
    const here = installed[path]
    return here === undefined ? optional === true : here.version === version
  })
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string, optional?: boolean }>} by path in node_modules
 */
function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages
  } catch {
    return {}
  }
}
