/** A family of metrics as Prometheus reads it. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y
const foreignUnits = /_(milliseconds|microseconds|minutes|hours|days|kilobytes|megabytes|percent)(_|$)/
const suffixes: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/**
 * Reads the text format as strictly as `promtool check metrics` does: what it refuses or complains about throws.
 * Rules: https://prometheus.io/docs/instrumenting/exposition_formats/ and .../practices/naming/.
 */
export function parseMetrics(text: string): Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>()
  const series = new Set<string>()
  let current: string | undefined
  let help: { name: string; text: string } | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line)
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment
      if (kind === 'HELP') help = { name, text: rest }
      else {
        if (help?.name !== name) throw new Error(`${name} has no help`)
        if (families.has(name)) throw new Error(`${name} comes twice`)
        families.set(name, { type: rest, help: help.text, samples: [] })
        current = name
      }
      continue
    }
    const sample = parseSample(line)
    const family = current === undefined ? undefined : families.get(current)
    const allowed = (suffixes[family?.type ?? ''] ?? ['']).map((suffix) => current + suffix)
    if (family === undefined || !allowed.includes(sample.name)) throw new Error(`out of place: ${line}`)
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
    if (series.has(key)) throw new Error(`told twice: ${line}`)
    series.add(key)
    family.samples.push(sample)
  }
  const all = [...families].map(([name, family]) => ({ name, ...family }))
  for (const family of all) checkFamily(family)
  return all
}

function parseSample(line: string): Sample {
  const [, name, inner = '', number] = sampleLine.exec(line) ?? []
  if (name === undefined) throw new Error(`can not be read: ${line}`)
  const labels: Record<string, string> = {}
  labelPair.lastIndex = 0
  for (let at = 0; at < inner.length; at = labelPair.lastIndex) {
    const [, label = '', value = ''] = labelPair.exec(inner) ?? []
    if (label === '') throw new Error(`labels can not be read: ${line}`)
    labels[label] = value.replace(/\\(["\\n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
  }
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : number === 'NaN' ? Number.NaN : Number(number)
  if (Number.isNaN(value) && number !== 'NaN') throw new Error(`no number: ${line}`)
  return { name, labels, value }
}

function checkFamily(family: Family): void {
  const { name, type, samples } = family
  if (!/^[a-z][a-z0-9_]*$/.test(name) || foreignUnits.test(name)) throw new Error(`${name} is no good name`)
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`)
  if (/_(bucket|count|sum|info_total)$/.test(name)) throw new Error(`${name} is named like a part`)
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) throw new Error(`${name} is negative`)
  if (type === 'histogram') checkHistogram(family)
}

function checkHistogram({ name, samples }: Family): void {
  const groups = new Map<string, { last: number; infinite: number | undefined }>()
  for (const sample of samples) {
    const { le, ...labels } = sample.labels
    const key = JSON.stringify(labels)
    const group = groups.get(key) ?? { last: 0, infinite: undefined }
    groups.set(key, group)
    if (sample.name === `${name}_bucket`) {
      if (le === undefined || sample.value < group.last) throw new Error(`${name} is not cumulative`)
      group.last = sample.value
      if (le === '+Inf') group.infinite = sample.value
    } else if (sample.name === `${name}_count` && sample.value !== group.infinite) {
      throw new Error(`${name} counts other than its last bucket`)
    }
  }
}
