import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for one test file. Others may enter it: as root, PostgreSQL runs as another user. */
export class TestFolder {
  readonly #root = mkdtempSync(join(tmpdir(), 'crisper-test-'))

  constructor() {
    chmodSync(this.#root, 0o755)
  }

  /** A folder in it, made where missing. */
  path(name: string): string {
    const path = join(this.#root, name)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** A crisper.yaml for `--config`; another name for each where there are several. */
  writeConfig(yaml: string, name = 'settings'): string {
    const file = join(this.path(name), 'crisper.yaml')
    writeFileSync(file, yaml)
    return file
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}
