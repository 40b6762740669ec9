import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
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

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}
