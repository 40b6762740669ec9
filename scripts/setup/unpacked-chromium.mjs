import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownChromium } from '../services/chromium.mjs'
import { findProgram } from '../services/find-program.mjs'
import { runToEnd } from '../services/process.mjs'
import { reasonIn } from './steps.mjs'

// Its libraries and fonts lie beside it instead of where the system looks for them.
const start = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
libraries=
for folder in "$here"/lib/*-linux-gnu "$here"/usr/lib/*-linux-gnu "$here"/usr/lib/*-linux-gnu/pulseaudio; do
  libraries="$libraries$folder:"
done
export LD_LIBRARY_PATH="$libraries$LD_LIBRARY_PATH" FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/usr/lib/chromium/chromium-headless-shell" "$@"
`

const fonts = `<?xml version="1.0"?>
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`

/** Whether this machine has what it takes to unpack Debian's packages. */
export function canUnpackChromium() {
  return findProgram('apt-get') !== undefined && findProgram('dpkg-deb') !== undefined
}

/**
 * Unpacks Debian's packages, with everything they depend on that this machine lacks, into a folder of our own: for a
 * user who may not install them. Made under another name and renamed once it is whole.
 * @param {string[]} packages
 * @returns {Promise<string>} what went wrong; empty where nothing did
 */
export async function unpackChromium(packages) {
  const draft = `${ownChromium}.${process.pid}`
  try {
    for (const archive of await download(packages, `${draft}/apt`)) {
      const { ok, output } = await runToEnd('dpkg-deb', ['--extract', archive, draft])
      if (!ok) return reasonIn(output)
    }
    rmSync(`${draft}/apt`, { recursive: true })
    writeFileSync(`${draft}/fonts.conf`, fonts)
    writeFileSync(`${draft}/run`, start)
    chmodSync(`${draft}/run`, 0o755)
    rmSync(ownChromium, { recursive: true, force: true })
    renameSync(draft, ownChromium)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/**
 * apt-get needs no rights where it has package lists and archives of its own and installs nothing. What is installed
 * here it still reads from the system.
 * @param {string[]} packages
 * @param {string} folder
 * @returns {Promise<string[]>} archives
 */
async function download(packages, folder) {
  const archives = join(folder, 'cache/archives')
  for (const each of [join(folder, 'state/lists/partial'), join(archives, 'partial')])
    mkdirSync(each, { recursive: true })
  const ownFolders = [
    ...['-o', `Dir::State=${folder}/state`, '-o', 'Dir::State::status=/var/lib/dpkg/status'],
    ...['-o', `Dir::Cache=${folder}/cache`, '-o', 'Debug::NoLocking=1'],
  ]
  const install = ['install', '--download-only', '--no-install-recommends', '--yes', ...packages]
  for (const command of [['update'], install]) {
    const { ok, output } = await runToEnd('apt-get', ['-qq', ...ownFolders, ...command])
    if (!ok) throw new Error(reasonIn(output))
  }
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name))
}
