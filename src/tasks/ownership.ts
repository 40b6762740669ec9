import type { TaskDescription } from '../celery/events.js'
import { type Literal, type LiteralValue, lookup, parseLiteral } from '../celery/python-literal.js'
import { compact } from './canonical.js'
import { byName, type NamePatterns } from './name-patterns.js'
import type { Owner } from './record.js'
import { storable } from './storable.js'
import { isUuid } from './user-id.js'

/** Says whom a task belongs to, from its arguments; undefined where they say nothing. */
export type OwnerReader = (task: Pick<TaskDescription, 'name' | 'args' | 'kwargs'>) => Owner | undefined

/** Where in the arguments an owner stands, for example `kwargs.company_id` or `args[0].tenant`; the first that is there counts. */
export interface OwnerPaths {
  readonly company: readonly string[]
  readonly tenant: readonly string[]
  readonly user: readonly string[]
}

export const defaultOwnerPaths: OwnerPaths = {
  company: ['kwargs.company_id'],
  tenant: ['kwargs.tenant_id'],
  user: ['kwargs.user_id', 'kwargs.created_by_id'],
}

/** Other places for some tasks; where a part is absent, the general one counts. */
export type OwnerPathsOfTasks = NamePatterns & {
  readonly [Part in keyof OwnerPaths]?: OwnerPaths[Part] | undefined
}

/** A path that is none. */
export class BadOwnerPath extends Error {
  override readonly name = 'BadOwnerPath'
}

interface ArgumentPath {
  readonly root: 'args' | 'kwargs'
  readonly steps: readonly (string | number)[]
}

/**
 * Exact on whole reprs, never guessed on cut ones: what could stand in the part that is missing is named in
 * `truncated`. Throws BadOwnerPath.
 */
export function ownerReader(
  paths: OwnerPaths = defaultOwnerPaths,
  byTask: readonly OwnerPathsOfTasks[] = [],
): OwnerReader {
  const general = readerOf(paths)
  const special = byName(
    byTask.map((each) => {
      const { company = paths.company, tenant = paths.tenant, user = paths.user } = each
      return [each, readerOf({ company, tenant, user })]
    }),
  )
  return (task) => (special(task.name ?? '') ?? general)(task)
}

type ArgumentsReader = (task: Pick<TaskDescription, 'args' | 'kwargs'>) => Owner | undefined

function readerOf(paths: OwnerPaths): ArgumentsReader {
  const wanted = {
    company: paths.company.map(parsePath),
    tenant: paths.tenant.map(parsePath),
    user: paths.user.map(parsePath),
  }
  const roots = new Set([...wanted.company, ...wanted.tenant, ...wanted.user].map(({ root }) => root))

  return (task) => {
    const literals: Partial<Record<'args' | 'kwargs', Literal>> = {}
    for (const root of roots) {
      const text = task[root]
      if (text !== null && text !== '{}' && text !== '()') literals[root] = parseLiteral(text)
    }
    const truncated: string[] = []
    const read = (name: keyof typeof wanted): LiteralValue | undefined => {
      for (const { root, steps } of wanted[name]) {
        const literal = literals[root]
        if (literal === undefined) continue
        const found = lookup(literal, steps)
        if (found.known) {
          if (found.value !== null) return found.value
        } else if (found.reason === 'truncated') {
          truncated.push(name)
          return undefined
        }
      }
      return undefined
    }
    const owner = compact<Owner>({
      companyId: idOf(read('company')),
      tenantId: textOf(read('tenant')),
      createdById: userIdOf(read('user')),
      truncated: undefined,
    })
    if (truncated.length > 0) return { ...owner, truncated }
    return Object.keys(owner).length === 0 ? undefined : owner
  }
}

function parsePath(text: string): ArgumentPath {
  const match = /^(args|kwargs)((?:\.[^.[\]]+|\[\d+\])+)$/.exec(text)
  if (match === null) {
    throw new BadOwnerPath(
      `${JSON.stringify(text)} is no path: write it like kwargs.company_id or args[0].tenant`,
    )
  }
  const steps = [...(match[2] ?? '').matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    key === undefined ? Number(index) : key,
  )
  return { root: match[1] === 'args' ? 'args' : 'kwargs', steps }
}

export function idOf(value: LiteralValue | undefined): number | string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return textOf(value)
}

export function textOf(value: LiteralValue | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : storable(value).slice(0, 255)
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)))
    return String(value)
  return undefined
}

/** A whole number, also in quotes, or a UUID: what tables of users have. */
export function userIdOf(value: LiteralValue | undefined): number | string | undefined {
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase()
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}
