import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { SavedViewTable } from '../db/schema.js'
import { nameKey, type View, type ViewContent, viewPages } from './view.js'

const stored = z.object({
  page: z.enum(viewPages),
  query: z.record(z.string(), z.string()),
  columns: z.array(z.string()).nullable(),
})

/** What its owner may change, as columns. */
export function contentColumns({ name, query, columns, shared }: ViewContent) {
  return {
    name,
    name_key: nameKey(name),
    query: JSON.stringify(query),
    columns: columns && JSON.stringify(columns),
    shared,
  }
}

/** Throws ZodError where somebody wrote JSON of another shape into the table. */
export function toView(row: Selectable<SavedViewTable>): View {
  return {
    id: row.id,
    owner: row.owner,
    name: row.name,
    shared: row.shared,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...stored.parse(row),
  }
}
