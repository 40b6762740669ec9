import { readFileSync } from 'node:fs'
import { DCLinter } from 'dclint'
import { parseDocument } from 'yaml'
import { schemaProblems } from './compose-schema.mjs'
import { yamlProblems } from './yaml-problems.mjs'

/** Beside the schema: what is a matter of safety, not of the order of lines. */
const rules = {
  'no-version-field': 2,
  'no-duplicate-container-names': 2,
  'no-duplicate-exported-ports': 2,
  'no-unbound-port-interfaces': 2,
  'require-quotes-in-ports': [2, { quoteType: 'double' }],
  'require-project-name-field': 2,
  'service-image-require-explicit-tag': 2,
  'no-build-and-image': 0,
  'no-quotes-in-volumes': 0,
  'service-container-name-regex': 0,
  'service-dependencies-alphabetical-order': 0,
  'service-keys-order': 0,
  'service-ports-alphabetical-order': 0,
  'services-alphabetical-order': 0,
  'top-level-properties-order': 0,
}

/**
 * @param {string} path of a Compose file
 * @returns {string[]} `LINE: what is wrong`
 */
export function checkCompose(path) {
  const document = parseDocument(readFileSync(path, 'utf8'))
  const unreadable = yamlProblems(document)
  if (unreadable.length > 0) return unreadable
  const wrong = schemaProblems(document.toJS())
  if (wrong.length > 0) return wrong.map((problem) => `1: ${problem}`)

  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] })
  /** @type {{ messages: { line: number, message: string }[] }[]} */
  const results = linter.lintFiles([path], false)
  return results.flatMap(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`))
}
