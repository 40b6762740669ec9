import { readFileSync } from 'node:fs'
import { analyzeUnit } from './deploy/analyze-unit.mjs'
import { checkCompose } from './deploy/check-compose.mjs'
import { checkDashboard } from './deploy/check-dashboard.mjs'
import { checkDockerfile } from './deploy/check-dockerfile.mjs'
import { checkKubernetes } from './deploy/check-kubernetes.mjs'
import { checkUnit } from './deploy/check-unit.mjs'

// Whether what people deploy with can be read by what will read it. Needs npm packages only; a folder may be named whose
// files are checked instead of ours.
const [root = '.'] = process.argv.slice(2)

/** @type {[file: string, check: (path: string, text: string) => string[]][]} */
const checks = [
  ['Dockerfile', (_, text) => checkDockerfile(text)],
  ['deploy/compose.yaml', (path) => checkCompose(path)],
  ['deploy/kubernetes.yaml', (_, text) => checkKubernetes(text)],
  ['deploy/grafana/crisper.json', (_, text) => checkDashboard(text, readFileSync('docs/metrics.md', 'utf8'))],
  ['deploy/crisper.service', (path, text) => [...checkUnit(text), ...analyzeUnit(path)]],
]

for (const [file, check] of checks) {
  for (const problem of problemsOf(`${root}/${file}`, check)) {
    console.error(`${file}:${problem}`)
    process.exitCode = 1
  }
}

/**
 * @param {string} path
 * @param {typeof checks[number][1]} check
 */
function problemsOf(path, check) {
  try {
    return check(path, readFileSync(path, 'utf8'))
  } catch (error) {
    return [`1: ${error instanceof Error ? error.message : error}`]
  }
}
