import { z } from 'zod'
import { Malformed } from '../../errors.js'
import { isReady } from '../backend.js'

export const bytes = z.instanceof(Uint8Array).transform((view) => Buffer.from(view))
export const text = z.string().nullish()
/** PostgreSQL answers with a decimal number as text. */
export const epoch = z.union([z.null(), z.coerce.number()])

/** A row as its table has it. Throws Malformed. */
export function parseRow<T>(schema: z.ZodType<T>, row: unknown): T {
  const { success, data, error } = schema.safeParse(row)
  if (success) return data
  const [issue] = error.issues
  throw new Malformed(
    'not_an_object',
    `the stored row can't be read: ${issue?.path.join('.')}: ${issue?.message}`,
  )
}

/**
 * When the task ended. The column says when the row was last written: that is the same only where nothing more is to
 * come. (Celery 5.6 writes the hour of the application's `timezone` into the columns of SQLite and MySQL, which know no
 * zones. They are read as UTC, which that is by default.)
 */
export function dateDone({ status, done_at }: { status: string; done_at: number | null }): Date | null {
  return done_at === null || !isReady(status) ? null : new Date(Math.round(done_at * 1000))
}
