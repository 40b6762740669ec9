/** The filters of the list, by the names of the API; what is absent does not filter. */
export type Filters = Readonly<{ [Name in FilterName]?: string | undefined }>

export const filterNames = [
  'task_type',
  'state',
  'company_id',
  'tenant_id',
  'created_by_id',
  'worker',
  'queue',
  'task_name',
  'hours_ago',
  'created_after',
  'created_before',
  'root_id',
  'lost',
  'search',
] as const

type FilterName = (typeof filterNames)[number]

/** The part of a page's URL that filters. */
export function filtersOf(search: Readonly<Record<string, string | undefined>>): Filters {
  return Object.fromEntries(
    filterNames.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  )
}

interface ListQuery {
  readonly filters: Filters
  readonly order: string
  /** What the list is asked for. */
  readonly query: Readonly<Record<string, string | undefined>>
  /** Its filters but for the state: what the tabs count. */
  readonly anyState: Filters
}

/** What the URL of the list means. */
export function listQueryOf(search: Readonly<Record<string, string | undefined>>): ListQuery {
  const filters = filtersOf(search)
  const { state: _, ...anyState } = filters
  const order = search.order_by ?? '-created_at'
  return { filters, order, query: { ...filters, order_by: order }, anyState }
}

/** What people type, and the filter that it means. */
export const qualifiers: Readonly<Record<string, FilterName>> = {
  type: 'task_type',
  state: 'state',
  company: 'company_id',
  tenant: 'tenant_id',
  user: 'created_by_id',
  worker: 'worker',
  queue: 'queue',
  name: 'task_name',
  since: 'hours_ago',
  after: 'created_after',
  before: 'created_before',
  root: 'root_id',
  lost: 'lost',
}

const qualifierOf = new Map(Object.entries(qualifiers).map(([word, name]) => [name, word]))
const hoursOf: Readonly<Record<string, number>> = { m: 1 / 60, h: 1, d: 24, w: 168 }

/** `type:etl state:failure since:2h text` as filters. Words that are no qualifier are text to search. */
export function parseFilters(text: string): Filters {
  const filters: Partial<Record<FilterName, string>> = {}
  const words: string[] = []
  for (const part of text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    const [, word = '', value = ''] = /^(\w+):(.*)$/s.exec(part) ?? []
    const name = qualifiers[word.toLowerCase()]
    const plain = value.replaceAll('"', '')
    if (name === undefined || plain === '') words.push(part.replaceAll('"', ''))
    else if (name === 'hours_ago') filters.hours_ago = parseSince(plain)
    else if (name === 'state') filters.state = plain.toUpperCase()
    else filters[name] = plain
  }
  const search = words.join(' ')
  return search === '' ? filters : { ...filters, search }
}

/** The text that parses to these filters. */
export function formatFilters(filters: Filters): string {
  const parts = filterNames.flatMap((name) => {
    const value = filters[name]
    const word = qualifierOf.get(name)
    if (value === undefined || word === undefined) return []
    if (name === 'hours_ago') return [`since:${formatSince(value)}`]
    return [`${word}:${/\s/.test(value) ? `"${value}"` : name === 'state' ? value.toLowerCase() : value}`]
  })
  return [...parts, ...(filters.search === undefined ? [] : [filters.search])].join(' ')
}

function parseSince(text: string): string {
  const [, number = '', unit = 'h'] = /^(\d+(?:\.\d+)?)([mhdw])?$/.exec(text) ?? []
  return number === '' ? text : String(Number((Number(number) * (hoursOf[unit] ?? 1)).toFixed(3)))
}

function formatSince(hours: string): string {
  const number = Number(hours)
  if (number >= 168 && number % 168 === 0) return `${number / 168}w`
  if (number >= 48 && number % 24 === 0) return `${number / 24}d`
  return number < 1 ? `${Math.round(number * 60)}m` : `${hours}h`
}
