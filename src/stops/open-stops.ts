import type { Stop } from './stop.js'

/** The open stops that workers are told about, in memory, in the order in which they came. */
export class OpenStops {
  readonly #byTask = new Map<string, readonly Stop[]>()
  /** Those whose outcome is known and being written down: workers need not remember them any more. */
  readonly #settled = new Set<string>()
  readonly #watchers = new Set<Set<string>>()
  #size = 0

  /** Those that workers must remember. Stops, not tasks: one task may have several. */
  get size(): number {
    return this.#size - this.#settled.size
  }

  /** Its outcome is known; it stays until that is written down. */
  settle(stop: Pick<Stop, 'id' | 'taskId'>): void {
    if (this.get(stop) !== undefined) this.#settled.add(stop.id)
  }

  get taskIds(): string[] {
    return [...this.#byTask.keys()]
  }

  of(taskId: string): readonly Stop[] {
    return this.#byTask.get(taskId) ?? []
  }

  all(): Stop[] {
    return [...this.#byTask.values()].flat()
  }

  get(stop: Pick<Stop, 'id' | 'taskId'>): Stop | undefined {
    return this.of(stop.taskId).find(({ id }) => id === stop.id)
  }

  /** Which of them were added, changed or taken out meanwhile: what was read of those may be older than what is here. */
  async during<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly value: T; readonly touched: ReadonlySet<string> }> {
    const touched = new Set<string>()
    this.#watchers.add(touched)
    try {
      return { value: await work(), touched }
    } finally {
      this.#watchers.delete(touched)
    }
  }

  /** Adds it, or takes its new form. */
  set(stop: Stop): void {
    this.#onTouched(stop)
    const known = this.of(stop.taskId)
    const others = known.filter(({ id }) => id !== stop.id)
    this.#size += 1 + others.length - known.length
    this.#byTask.set(stop.taskId, [...others, stop])
  }

  /** Takes its new form where it is still open; answers whether it is. */
  update(stop: Stop): boolean {
    if (this.get(stop) === undefined) return false
    this.set(stop)
    return true
  }

  delete(stop: Pick<Stop, 'id' | 'taskId'>): void {
    this.#onTouched(stop)
    const known = this.of(stop.taskId)
    const others = known.filter(({ id }) => id !== stop.id)
    this.#size += others.length - known.length
    this.#settled.delete(stop.id)
    if (others.length > 0) this.#byTask.set(stop.taskId, others)
    else this.#byTask.delete(stop.taskId)
  }

  #onTouched({ id }: Pick<Stop, 'id'>): void {
    for (const touched of this.#watchers) touched.add(id)
  }
}
