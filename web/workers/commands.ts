import { type WorkerCommandName, workerCommandNames } from '../../src/celery/worker-commands.js'

/** One argument of a command, as a field of a form; `name` is the API's. */
export interface Field {
  readonly name: 'n' | 'min' | 'max' | 'queue' | 'task_name' | 'rate_limit' | 'soft' | 'hard'
  readonly kind: 'number' | 'text'
  readonly required: boolean
  readonly initial: string
}

const count: Field = { name: 'n', kind: 'number', required: true, initial: '1' }
const queue: Field = { name: 'queue', kind: 'text', required: true, initial: '' }
const task: Field = { name: 'task_name', kind: 'text', required: true, initial: '' }

const fields: Readonly<Partial<Record<WorkerCommandName, readonly Field[]>>> = {
  pool_grow: [count],
  pool_shrink: [count],
  autoscale: [
    { name: 'min', kind: 'number', required: true, initial: '1' },
    { name: 'max', kind: 'number', required: true, initial: '4' },
  ],
  add_consumer: [queue],
  cancel_consumer: [queue],
  rate_limit: [task, { name: 'rate_limit', kind: 'text', required: true, initial: '' }],
  time_limit: [
    task,
    { name: 'soft', kind: 'number', required: false, initial: '' },
    { name: 'hard', kind: 'number', required: false, initial: '' },
  ],
}

/** Those one looks for first, first; what ends a worker last. */
export const offered: readonly WorkerCommandName[] = [
  ...workerCommandNames.filter((name) => name !== 'shutdown'),
  'shutdown',
]

export function fieldsOf(command: WorkerCommandName): readonly Field[] {
  return fields[command] ?? []
}

export type Values = Readonly<Partial<Record<Field['name'], string>>>

export function initialValues(command: WorkerCommandName): Values {
  return Object.fromEntries(fieldsOf(command).map(({ name, initial }) => [name, initial]))
}

/** The arguments as the API takes them; what was left empty is left out. */
export function argumentsOf(command: WorkerCommandName, values: Values): Record<string, string | number> {
  return Object.fromEntries(
    fieldsOf(command).flatMap(({ name, kind }) => {
      const value = values[name]?.trim() ?? ''
      if (value === '') return []
      return [[name, kind === 'number' ? Number(value) : value]]
    }),
  )
}

/** Whether what it takes has been filled in. The server has the last word. */
export function isComplete(command: WorkerCommandName, values: Values): boolean {
  return fieldsOf(command).every(({ name, required }) => !required || (values[name]?.trim() ?? '') !== '')
}

/** What must be typed before workers are shut down: the name of the one, or how many. */
export function typedConfirmation(workers: readonly string[]): string {
  const [only = ''] = workers
  return workers.length === 1 ? only : String(workers.length)
}
