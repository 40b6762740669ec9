import type { TaskRecord } from './record.js'

interface Sparing {
  /** Writes all of them or none. */
  readonly apply: (records: readonly TaskRecord[]) => Promise<void>
  /** Whether a failure has nothing to do with what was to be written: it is passed on. */
  readonly passOn: (error: unknown) => boolean
  /** Told of each record that can't be written. */
  readonly onRefused: (record: TaskRecord, error: unknown) => void
}

/** Writes records; what the database refuses for its content is halved until the one is found, so that it costs no other. */
export async function applySparing(records: readonly TaskRecord[], sparing: Sparing): Promise<void> {
  const [first] = records
  if (first === undefined) return
  try {
    await sparing.apply(records)
  } catch (error) {
    if (sparing.passOn(error)) throw error
    if (records.length === 1) {
      sparing.onRefused(first, error)
      return
    }
    const middle = Math.ceil(records.length / 2)
    await applySparing(records.slice(0, middle), sparing)
    await applySparing(records.slice(middle), sparing)
  }
}
