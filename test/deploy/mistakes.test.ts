import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkCompose } from '../../scripts/deploy/check-compose.mjs'
import { checkDashboard } from '../../scripts/deploy/check-dashboard.mjs'
import { checkDockerfile } from '../../scripts/deploy/check-dockerfile.mjs'
import { checkKubernetes } from '../../scripts/deploy/check-kubernetes.mjs'
import { checkUnit } from '../../scripts/deploy/check-unit.mjs'
import { TestFolder } from '../harness/test-folder.js'

const folder = new TestFolder()
afterAll(() => folder.remove())

// Each is one mistake in the file that is shipped, which itself has none (`npm run check`).

test.each([
  ['--interval=30s', '--interva=30s', 'interva'],
  ['ENTRYPOINT [', 'ENTRYPONT [', 'ENTRYPONT'],
])('a Dockerfile with %s as %s is refused', (right, wrong, named) => {
  expect(checkDockerfile(mistaken('Dockerfile', right, wrong))).toEqual([
    expect.stringMatching(new RegExp(`^\\d+: .*${named}`, 'i')),
  ])
})

test.each([
  ['stop_grace_period: 60s', 'stop_grace: 60s', 'stop_grace'],
  ['"127.0.0.1:', '"', 'interface'],
  ['image: postgres:18', 'image: postgres', 'tag'],
])('a Compose file with %s as %s is refused', async (right, wrong, named) => {
  const file = join(folder.path('compose'), 'compose.yaml')
  await writeFile(file, mistaken('deploy/compose.yaml', right, wrong))
  expect(checkCompose(file)).toEqual([expect.stringMatching(new RegExp(`^\\d+: .*${named}`))])
})

test.each([
  ['replicas: 2', 'replicas: two', 'integer'],
  ['readinessProbe:', 'readynessProbe:', 'unknown key /spec/template/spec/containers/0/readynessProbe'],
  ['periodSeconds: 15', 'periodSecond: 15', 'unknown key .*/readinessProbe/periodSecond'],
  ['kind: Service', 'kind: Servise', 'no schema of a Servise'],
  ['memory: 1Gi', 'memory: 1Gib', 'limits/memory'],
])('a Kubernetes manifest with %s as %s is refused', (right, wrong, named) => {
  const problems = checkKubernetes(mistaken('deploy/kubernetes.yaml', right, wrong))
  expect(problems).toEqual([expect.stringMatching(named)])
})

test.each([
  ['ProtectSystem=', 'ProtectSytem=', 'unknown key ProtectSytem in [Service]'],
  ['[Install]', '[Instal]', 'unknown section [Instal]'],
])('a systemd unit with %s as %s is refused', (right, wrong, named) => {
  expect(checkUnit(mistaken('deploy/crisper.service', right, wrong))[0]).toContain(named)
})

test.each([
  ['celery_queue_length', 'celery_queue_size', 'names celery_queue_size'],
  ['"id": 2', '"id": 1', 'has the id of another'],
])('a dashboard with %s as %s is refused', (right, wrong, named) => {
  const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const problems = checkDashboard(mistaken('deploy/grafana/crisper.json', right, wrong), docs)
  expect(problems).toEqual([expect.stringContaining(named)])
})

function mistaken(file: string, right: string, wrong: string): string {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  expect(text).toContain(right)
  return text.replace(right, () => wrong)
}
