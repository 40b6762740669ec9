/** Pages of the web interface whose state can be saved. */
export const viewPages = ['tasks', 'overview', 'stops'] as const

export type ViewPage = (typeof viewPages)[number]

/** What its owner may change about a view. */
export interface ViewContent {
  readonly name: string
  /** The page's URL parameters. */
  readonly query: Readonly<Record<string, string>>
  /** Those shown, in order; null: what the page shows by itself. */
  readonly columns: readonly string[] | null
  /** Whether everybody sees it. */
  readonly shared: boolean
}

/** A named state of a page, kept for its owner. */
export interface View extends ViewContent {
  readonly id: string
  readonly owner: string
  readonly page: ViewPage
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Characters are Unicode code points, as PostgreSQL counts them. */
export const viewLimits = {
  viewsOfAnOwner: 200,
  nameLength: 80,
  parameters: 30,
  parameterLength: 1000,
  columns: 40,
  columnLength: 60,
} as const

/** Names of an owner's views of one page differ in this: not only in case, nor in how a letter is encoded. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

const names = new Intl.Collator('en', { numeric: true })

/** The order of the list: the owner's first, then by name; the id decides between equals. */
export function compareViews(owner: string): (a: View, b: View) => number {
  return (a, b) =>
    Number(b.owner === owner) - Number(a.owner === owner) ||
    names.compare(a.name, b.name) ||
    (a.id < b.id ? -1 : 1)
}
