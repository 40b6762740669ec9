import * as appsV1 from 'kubernetes-models/apps/v1'
import * as coreV1 from 'kubernetes-models/v1'
import { parseAllDocuments } from 'yaml'
import { watchKeys } from './watch-keys.mjs'
import { yamlProblems } from './yaml-problems.mjs'

/**
 * Models of the API groups that our manifests use, by kind.
 * @type {Record<string, Record<string, any>>}
 */
const models = { 'apps/v1': appsV1, v1: coreV1 }

/**
 * Each object against Kubernetes' own schema of its kind, and strictly: a key that the schema doesn't name is wrong.
 * @param {string} text YAML documents
 * @returns {string[]} `KIND/NAME: what is wrong`, or `LINE: …` where the YAML can't be read
 */
export function checkKubernetes(text) {
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return ['1: holds no object']
  const unreadable = documents.flatMap(yamlProblems)
  if (unreadable.length > 0) return unreadable

  return documents.flatMap((document) => checkObject(document.toJS()))
}

/** @param {unknown} value */
function checkObject(value) {
  // Through JSON: an alias is then a value of its own, as Kubernetes sees it.
  const object = JSON.parse(JSON.stringify(value))
  if (typeof object?.kind !== 'string' || typeof object.apiVersion !== 'string')
    return ['1: an object without apiVersion or kind']
  const name = `${object.kind}/${object.metadata?.name ?? '?'}`
  const model = models[object.apiVersion]?.[object.kind]
  if (model === undefined) return [`${name}: no schema of a ${object.kind} in ${object.apiVersion}`]

  const { watched, untouched } = watchKeys(object)
  const wrong = problemOf(() => model.prototype.validate.call(watched))
  return [...wrong, ...untouched().map((path) => `unknown key ${path}`)].map((what) => `${name}: ${what}`)
}

/** @param {() => void} validate */
function problemOf(validate) {
  try {
    validate()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
