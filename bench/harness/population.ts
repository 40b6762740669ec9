import { taskTypes } from '../../src/tasks/task-types.js'

/** Of what the tasks of all questions are, whether their events are played or their rows are made. */
export const workers = 8
export const companies = 200
export const tenants = 8
export const failedShare = 0.02

const steps = (type: string, count: number) => Array.from({ length: count }, (_, n) => `${type}_${n}`)

/** Forty names of five types, as Crisper knows them without a configuration. */
export const taskNames: readonly string[] = [
  ...steps('etl.step', 10),
  ...steps('import.step', 10),
  ...steps('accounting.tasks.match', 10),
  ...steps('reports.build', 8),
  'multitenancy.tasks.send_user_invite_email',
  'multitenancy.tasks.send_user_email',
]

const types = taskTypes()

export const typeOfName = (name: string): string => types.of(name)
