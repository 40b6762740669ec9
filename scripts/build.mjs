import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'

// Compiles src/ into dist/, from a clean start, so that nothing deleted from src/ is shipped.
rmSync('dist', { recursive: true, force: true })
const compiler = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  {
    stdio: 'inherit',
  },
)
if (existsSync('dist/cli/main.js')) chmodSync('dist/cli/main.js', 0o755)
process.exitCode = compiler.status ?? 1
