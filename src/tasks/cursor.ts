import { z } from 'zod'

/** What the pages are ordered by. */
export interface CursorOrder {
  readonly column: string
  readonly descending: boolean
}

/** A cursor that can't be read, or was made for another order. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor'
}

/** The last row of a page: its value in the order column as PostgreSQL writes it (null: none), and its id. */
export interface Cursor {
  readonly value: string | null
  readonly id: string
}

const shape = z.tuple([z.string(), z.boolean(), z.string().nullable(), z.uuid()])

/** Opaque to callers. It holds the exact text of the value: a Date would lose microseconds, and with them rows. */
export function writeCursor(order: CursorOrder, value: string | null, id: string): string {
  return Buffer.from(JSON.stringify([order.column, order.descending, value, id])).toString('base64url')
}

/** Throws BadCursor. */
export function readCursor(text: string, order: CursorOrder): Cursor {
  const parsed = shape.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!parsed.success) throw new BadCursor('cursor takes the next_cursor of the page before, unchanged')
  const [column, descending, value, id] = parsed.data
  if (column !== order.column || descending !== order.descending) {
    throw new BadCursor('cursor was made for another order_by: keep order_by the same from page to page')
  }
  return { value, id }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
