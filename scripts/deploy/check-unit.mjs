import { unitKeys } from './unit-keys.mjs'

/**
 * Whether sections and keys are ones that systemd has: it only warns of others, and runs without what they ask for.
 * @param {string} text of a systemd service unit
 * @returns {string[]} `LINE: what is wrong`
 */
export function checkUnit(text) {
  const problems = []
  let section = ''
  let continued = false
  for (const [index, line] of text.split('\n').entries()) {
    const partOfValue = continued
    const comment = /^\s*([#;]|$)/.test(line)
    continued = line.endsWith('\\') && !comment
    if (partOfValue || comment) continue

    const problem = problemOf(line, section)
    if (problem !== undefined) problems.push(`${index + 1}: ${problem}`)
    section = sectionOf(line) ?? section
  }
  for (const needed of ['Unit', 'Service', 'Install']) {
    if (!text.includes(`[${needed}]`)) problems.push(`1: has no section [${needed}]`)
  }
  return problems
}

/**
 * @param {string} line
 * @param {string} section that it stands in
 */
function problemOf(line, section) {
  const opened = sectionOf(line)
  if (opened !== undefined) return opened in unitKeys ? undefined : `unknown section [${opened}]`
  const key = /^([A-Za-z]+)\s*=/.exec(line)?.[1]
  if (key === undefined) return `neither a section nor KEY=VALUE: ${line}`
  if (section === '') return `${key} stands before any section`
  const known = unitKeys[section]
  return known === undefined || known.includes(key) ? undefined : `unknown key ${key} in [${section}]`
}

/** @param {string} line */
function sectionOf(line) {
  return /^\[(.+)\]\s*$/.exec(line)?.[1]
}
