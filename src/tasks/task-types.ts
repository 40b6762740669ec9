import { byName, type NamePatterns } from './name-patterns.js'

/**
 * Task types: what a task is about, derived from its name. An exact match first, then the longest matching prefix
 * (a pattern that ends in `.`), else `other`.
 */
export interface TaskType extends NamePatterns {
  readonly value: string
  /** Shown to people; where absent the value in title case is. */
  readonly display?: string | undefined
}

export interface TaskTypes {
  /** The type of a task of this name. */
  of(taskName: string): string
  display(value: string): string
  /** Every type, sorted by value. */
  list(): { value: string; display: string }[]
}

const other = 'other'

export const builtInTaskTypes: readonly TaskType[] = [
  {
    value: 'etl',
    display: 'ETL Pipeline',
    names: ['etl.process_etl_file', 'etl.process_etl_batch'],
    prefixes: ['etl.'],
  },
  {
    value: 'import_template',
    display: 'Import Template',
    names: ['import.process_import_template', 'import.process_import_batch', 'import.run_import_job'],
    prefixes: ['import.'],
  },
  {
    value: 'integration_rule',
    display: 'Integration Rule',
    names: ['multitenancy.tasks.execute_integration_rule', 'multitenancy.tasks.trigger_integration_event'],
  },
  {
    value: 'email',
    display: 'Email',
    names: ['multitenancy.tasks.send_user_invite_email', 'multitenancy.tasks.send_user_email'],
  },
  {
    value: 'ml_training',
    display: 'ML Training',
    names: ['ML.tasks.train_model_task', 'ML.tasks.train_model_task2'],
  },
  {
    value: 'embedding',
    display: 'Embedding',
    names: ['accounting.tasks.generate_missing_embeddings'],
  },
  {
    value: 'reconciliation',
    display: 'Reconciliation',
    names: ['accounting.tasks.compare_two_engines_task', 'accounting.tasks.match_many_to_many_task'],
    prefixes: ['accounting.tasks.'],
  },
  { value: other, display: 'Other' },
]

/** Builds the lookup from a table of types. `other` is always among them. */
export function taskTypes(table: readonly TaskType[] = builtInTaskTypes): TaskTypes {
  const typeOf = byName(table.map((type) => [type, type.value]))
  const displays = new Map<string, string>([[other, 'Other']])
  for (const { value, display } of table) displays.set(value, display ?? titleCase(value))
  const display = (value: string) => displays.get(value) ?? titleCase(value)

  return {
    of: (taskName) => typeOf(taskName) ?? other,
    display,
    list: () =>
      [...displays.keys()]
        .sort((a, b) => (a < b ? -1 : 1))
        .map((value) => ({ value, display: display(value) })),
  }
}

function titleCase(value: string): string {
  return value
    .split(/[_\s-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
