/**
 * Whether Grafana can read a dashboard, and whether every metric that it names is one of docs/metrics.md, which a test
 * compares with what Crisper serves.
 * @param {string} text
 * @param {string} docs
 */
export function checkDashboard(text, docs) {
  /** @type {string[]} */
  const problems = []
  const dashboard = JSON.parse(text)
  const metrics = new Set([...docs.matchAll(/^\| `((?:celery|crisper)_\w+)`/gm)].map(([, name = '']) => name))
  if (metrics.size === 0) problems.push('1: docs/metrics.md lists no metric')
  const ids = new Set()
  for (const { id, title, targets = [], datasource } of dashboard.panels) {
    if (ids.has(id)) problems.push(`1: panel "${title}" has the id of another`)
    ids.add(id)
    if (!/^\$\{datasource\}$/.test(datasource?.uid))
      problems.push(`1: panel "${title}" has a data source of its own`)
    if (targets.length === 0) problems.push(`1: panel "${title}" asks nothing`)
    for (const { expr } of targets) problems.push(...problemsOf(expr, `panel "${title}"`, metrics))
  }
  for (const { name, query } of dashboard.templating.list) {
    if (typeof query?.query === 'string') {
      problems.push(...problemsOf(query.query, `variable ${name}`, metrics))
    }
  }
  return problems
}

/**
 * @param {string} expr
 * @param {string} where
 * @param {Set<string>} metrics
 */
function problemsOf(expr, where, metrics) {
  const named = [...expr.replace(/"[^"]*"/g, '""').matchAll(/\b(?:celery|crisper)_\w+/g)].map(
    ([name]) => name,
  )
  if (named.length === 0) return [`1: ${where} names no metric: ${expr}`]
  return named
    .filter((name) => !metrics.has(name) && !metrics.has(name.replace(/_(bucket|sum|count)$/, '')))
    .map((name) => `1: ${where} names ${name}, which docs/metrics.md does not list`)
}
