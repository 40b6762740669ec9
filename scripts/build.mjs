import { chmodSync, existsSync, rmSync } from 'node:fs'
import { compressFiles } from './compress.mjs'
import { runToEnd } from './services/process.mjs'

// Compiles src/ into dist/ and builds web/ into dist/web, from a clean start, so that nothing deleted is shipped.
process.on('SIGTERM', () => process.exit(143))
rmSync('dist', { recursive: true, force: true })
const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
const bundler = [
  'node_modules/vite/bin/vite.js',
  'build',
  '--config',
  'web/vite.config.ts',
  '--logLevel',
  'warn',
]
const results = await Promise.all([compiler, bundler].map((args) => runToEnd(process.execPath, args)))
for (const { output } of results) process.stdout.write(output)
const ok = results.every((result) => result.ok)
if (ok) await compressFiles('dist/web/assets')
if (existsSync('dist/cli/main.js')) chmodSync('dist/cli/main.js', 0o755)
process.exitCode = ok ? 0 : 1
