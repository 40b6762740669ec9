import { fileURLToPath } from 'node:url'
import { findProgram, isExecutable } from './find-program.mjs'

/** Where the set-up puts a Chromium of our own, for those who may not install one. */
export const ownChromium = fileURLToPath(new URL('../../.cache/chromium', import.meta.url))

const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

// Where there is no command for it: macOS, and what the set-up has unpacked.
const files = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  `${ownChromium}/run`,
]

/**
 * The Chromium that tests use: the one that CRISPER_TEST_CHROMIUM names, else one that is installed, else our own.
 * @returns {string | undefined} its full path
 */
export function findChromium() {
  const given = process.env.CRISPER_TEST_CHROMIUM
  if (given) return given
  return names.map(findProgram).find((program) => program !== undefined) ?? files.find(isExecutable)
}
