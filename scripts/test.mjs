import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithUs } from './services/guard.mjs'
import { onNpmEnd } from './services/npm-end.mjs'
import { installNodeModules } from './setup/node-modules.mjs'
import { setUp } from './setup/set-up.mjs'
import { SetUpFailed } from './setup/steps.mjs'

// npm test [-- vitest's own arguments], npm run test:matrix: sets up, builds, and runs the tests.
const corners = ['5.2.6', '5.6.3']
const between = ['5.3.6', '5.4.0', '5.5.3']

const args = process.argv.slice(2)
const matrix = args.includes('--matrix')

onNpmEnd(() => process.kill(process.pid, 'SIGTERM'))

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof SetUpFailed)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function main() {
  await installNodeModules()
  const versions = matrix ? [...corners, ...between] : corners
  const { celery, skipped } = await setUp({
    redis: true,
    rabbitmq: true,
    celery: versions,
    browser: true,
    greenPools: true,
    resultStores: true,
  })
  for (const { what, reason } of skipped) console.log(`Skipped: ${what} (${reason})`)
  const built = await run('scripts/build.mjs', [], {})
  if (built !== 0) return built

  const report = mkdtempSync(join(tmpdir(), 'crisper-test-'))
  try {
    const json = join(report, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${json}`]
    const code = await run(
      'node_modules/vitest/vitest.mjs',
      ['run', ...reporters, ...args.filter((arg) => arg !== '--matrix')],
      {
        CRISPER_TEST_CELERY: JSON.stringify(celery),
        CRISPER_TEST_SKIPPED: JSON.stringify(skipped),
        ...(matrix ? { CRISPER_TEST_MATRIX: '1' } : {}),
      },
    )
    console.log(existsSync(json) ? closingLine(json) : 'The tests ended before they were through')
    return code
  } finally {
    rmSync(report, { recursive: true, force: true })
  }
}

/**
 * Runs it as a process group of its own, so that a signal to us ends what the tests started as well.
 * @param {string} script
 * @param {string[]} scriptArgs
 * @param {Record<string, string>} env added to ours
 * @returns {Promise<number>} exit code
 */
async function run(script, scriptArgs, env) {
  const child = spawn(process.execPath, [script, ...scriptArgs], {
    stdio: 'inherit',
    detached: true,
    env: { ...process.env, ...env },
  })
  const { pid } = child
  if (pid === undefined) return 1
  endWithUs(pid)
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => process.kill(-pid, signal)
  process.on('SIGINT', passOn).on('SIGTERM', passOn)
  const [code] = await once(child, 'exit')
  process.off('SIGINT', passOn).off('SIGTERM', passOn)
  return code ?? 1
}

/**
 * The line that CI reads. A file that could not even be loaded counts as one failure.
 * @param {string} reportFile vitest's JSON report
 */
function closingLine(reportFile) {
  /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  const report = JSON.parse(readFileSync(reportFile, 'utf8'))
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  )
  const failed = report.numFailedTests + broken.length
  return `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`
}
