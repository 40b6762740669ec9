import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'

/**
 * Against the Compose specification's schema, which dclint brings. dclint checks it, too, without naming the key that
 * is wrong.
 * @param {unknown} value a parsed Compose file
 * @returns {string[]}
 */
export function schemaProblems(value) {
  const manifest = createRequire(import.meta.url).resolve('dclint/package.json')
  const schema = JSON.parse(readFileSync(join(dirname(manifest), 'schemas/compose.schema.json'), 'utf8'))
  // Its $schema is draft 7 under an address that Ajv doesn't know. Formats such as `duration` are Compose's own.
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const validate = ajv.compile({ ...schema, $schema: undefined })
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const key = 'additionalProperty' in params ? `: ${params.additionalProperty}` : ''
    return `${instancePath || '/'} ${message}${key}`
  })
}
