import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/**
 * What systemd itself says of a unit; nothing where it isn't installed. Its own list of keys is the complete one, and it
 * reads values, too.
 * @param {string} path
 * @returns {string[]} `LINE: what is wrong`
 */
export function analyzeUnit(path) {
  const folder = mkdtempSync(join(tmpdir(), 'crisper-unit-'))
  try {
    const unit = join(folder, basename(path))
    // The program must be there, which Crisper's own isn't on a machine that builds it.
    writeFileSync(unit, readFileSync(path, 'utf8').replace(/^(ExecStart=)\S+/m, `$1${process.execPath}`))
    const { error, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
      encoding: 'utf8',
    })
    if (error) return []
    // It reads the units that ours names as well, and complains of those.
    return `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes(basename(path)))
      .map((line) => line.replace(unit, '').replace(/^:/, ''))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
