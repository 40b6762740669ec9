import type { Command } from 'commander'

export interface ScopeOptions {
  readonly tenant?: string[]
  readonly company?: string[]
  readonly taskType?: string[]
  readonly queue?: string[]
}

/** What a token or user may see; without them everything. */
export function addScopeOptions(command: Command): Command {
  return command
    .option('--tenant <id...>', 'only tasks of these tenants')
    .option('--company <id...>', 'only tasks of these companies')
    .option('--task-type <type...>', 'only tasks of these types')
    .option('--queue <name...>', 'only tasks of these queues')
}

/** As the API takes it. */
export function toScopeBody({ tenant, company, taskType, queue }: ScopeOptions) {
  return {
    tenants: tenant ?? null,
    companies: company ?? null,
    task_types: taskType ?? null,
    queues: queue ?? null,
  }
}

export function scopeInWords(scope: Readonly<Record<string, readonly string[] | null>>): string {
  const parts = Object.entries(scope).flatMap(([name, list]) =>
    list === null ? [] : [`${name.replace('_', ' ')}: ${list.join(', ')}`],
  )
  return parts.join('; ') || 'everything'
}
