import { taskFilters } from '../http/parameters.js'
import { WrongUsage } from './usage.js'

/** The short names, as the options of `crisper tasks` have them. */
const shortNames: ReadonlyMap<string, string> = new Map([
  ['type', 'task_type'],
  ['company', 'company_id'],
  ['tenant', 'tenant_id'],
  ['name', 'task_name'],
  ['hours', 'hours_ago'],
  ['root', 'root_id'],
])

/** What the API calls it. */
export function apiName(name: string): string {
  return shortNames.get(name) ?? name
}

/**
 * The API's filter of NAME=VALUE; several values of one name are a list. Throws WrongUsage, also where a value is
 * empty: the API takes that as no condition, and `company=$COMPANY` must not come to mean every company.
 */
export function toTaskFilter(conditions: readonly string[]): Readonly<Record<string, string | string[]>> {
  const filter: Record<string, string | string[]> = {}
  for (const condition of conditions) {
    const [, given = '', value = ''] = /^([^=]*)=(.*)$/s.exec(condition) ?? []
    if (given === '') throw new WrongUsage(`--filter takes NAME=VALUE, not ${condition}.`)
    if (value.trim() === '') throw new WrongUsage(`--filter ${given} has no value.`)
    const name = apiName(given)
    if (!Object.hasOwn(taskFilters.shape, name)) {
      const names = [...shortNames.keys(), ...Object.keys(taskFilters.shape)].sort()
      throw new WrongUsage(`--filter knows no ${given}; it takes ${names.join(', ')}.`)
    }
    const before = filter[name]
    filter[name] = before === undefined ? value : [before, value].flat()
  }
  return filter
}
