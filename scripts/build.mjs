import { chmodSync, existsSync, rmSync } from 'node:fs'
import { runToEnd } from './services/process.mjs'

// Compiles src/ into dist/, from a clean start, so that nothing deleted from src/ is shipped.
process.on('SIGTERM', () => process.exit(143))
rmSync('dist', { recursive: true, force: true })
const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
const { ok, output } = await runToEnd(process.execPath, compiler)
process.stdout.write(output)
if (existsSync('dist/cli/main.js')) chmodSync('dist/cli/main.js', 0o755)
process.exitCode = ok ? 0 : 1
