/** Columns by which a list can be ordered, with the type by which a cursor compares them. */
export const orderColumns = {
  created_at: 'timestamptz',
  enqueued_at: 'timestamptz',
  started_at: 'timestamptz',
  finished_at: 'timestamptz',
  eta: 'timestamptz',
  expires: 'timestamptz',
  task_id: 'text',
  task_name: 'text',
  queue: 'text',
  worker: 'text',
  kind: 'text',
  tenant_id: 'text',
  state: 'text',
  created_by_id: 'integer',
  retries: 'integer',
  max_retries: 'integer',
  priority: 'integer',
  total: 'integer',
  done: 'integer',
} as const

/** Of those, the ones that every row has. */
const alwaysSet: ReadonlySet<OrderColumn> = new Set([
  'created_at',
  'task_id',
  'task_name',
  'kind',
  'state',
  'retries',
  'max_retries',
])

/** Whether rows can lack a value in the column: these come last. Only the others can be read from an index in order. */
export function isNullable(column: OrderColumn): boolean {
  return !alwaysSet.has(column)
}

export type OrderColumn = keyof typeof orderColumns

export interface Order {
  readonly column: OrderColumn
  readonly descending: boolean
}
