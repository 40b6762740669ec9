import { canonical, compact } from './canonical.js'
import type { Json } from './job.js'
import { compareDated, greater } from './joins.js'
import { idOf, textOf, userIdOf } from './ownership.js'
import type { Context, Owner } from './record.js'
import { fitting, storable, storableJson } from './storable.js'

/** Keys of `meta` that are kept of a task, characters of a key, and characters of a value as JSON. */
const mostKeys = 50
const longestKey = 100
const longestValue = 2000
const longestKind = 64

type Meta = NonNullable<Context['meta']>

/**
 * What a `crisper-context` event tells (python/crisper_hooks.py): `tenant_id`, `company_id`, `user_id`, `kind`, `meta`. A
 * company that stands in `meta` only counts as the company. Undefined where it tells none; odd values are left out.
 */
export function contextOf(fields: Readonly<Record<string, unknown>>, at: number): Context | undefined {
  const dated = <T>(value: T | undefined) => (value === undefined ? undefined : { at, value })
  const { company_id: companyOfMeta, ...meta } = isRecord(fields.meta) ? fields.meta : {}
  const kind = textOf(scalar(fields.kind))
  return someOf({
    companyId: dated(idOf(scalar(fields.company_id)) ?? idOf(scalar(companyOfMeta))),
    tenantId: dated(textOf(scalar(fields.tenant_id))),
    createdById: dated(userIdOf(scalar(fields.user_id))),
    kind: dated(kind === undefined ? undefined : fitting(kind, longestKind)),
    meta: metaOf(meta, at),
  })
}

/** Each part and each key by itself: a retry may have lost its message's headers (Celery before 5.3). */
export function mergeContexts(a: Context | undefined, b: Context | undefined): Context | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b
  return compact<Context>({
    companyId: greater(a.companyId, b.companyId, compareDated),
    tenantId: greater(a.tenantId, b.tenantId, compareDated),
    createdById: greater(a.createdById, b.createdById, compareDated),
    kind: greater(a.kind, b.kind, compareDated),
    meta: mergeMeta(a.meta, b.meta),
  })
}

export function ownerOfContext({ companyId, tenantId, createdById }: Context): Owner {
  return compact<Owner>({
    companyId: companyId?.value,
    tenantId: tenantId?.value,
    createdById: createdById?.value,
    truncated: undefined,
  })
}

/** Without dates, for the job row. */
export function plainMeta(context: Context | undefined): { [key: string]: Json } {
  return Object.fromEntries(Object.entries(context?.meta ?? {}).map(([key, { value }]) => [key, value]))
}

function metaOf(meta: Readonly<Record<string, unknown>>, at: number): Meta | undefined {
  const entries = Object.entries(meta)
    .filter(([key, value]) => isFit(key, value))
    .map(([key, value]) => [storable(key), { at, value: storableJson(value, 8) as Json }] as const)
  return entries.length === 0 ? undefined : Object.fromEntries(bounded(entries))
}

function isFit(key: string, value: unknown): boolean {
  const text = canonical(value)
  // A key `__proto__` does not outlive being read from the database, and so would not merge the same way twice.
  return (
    key.length <= longestKey && text.length <= longestValue && !`${text}"${key}":`.includes('"__proto__":')
  )
}

function mergeMeta(a: Meta | undefined, b: Meta | undefined): Meta | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  const joined = keys.flatMap((key) => {
    const entry = greater(own(a, key), own(b, key), compareDated)
    return entry === undefined ? [] : [[key, entry] as const]
  })
  return Object.fromEntries(bounded(joined))
}

function own(meta: Meta, key: string): Meta[string] | undefined {
  return Object.hasOwn(meta, key) ? meta[key] : undefined
}

/** The first keys in order: the k least of a union don't depend on how it was put together. */
function bounded<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  if (entries.length <= mostKeys) return entries
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(0, mostKeys)
}

type Parts = { [K in keyof Context]: Context[K] | undefined }

function someOf(parts: Parts): Context | undefined {
  const context = compact<Context>(parts)
  return Object.keys(context).length === 0 ? undefined : context
}

function scalar(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
