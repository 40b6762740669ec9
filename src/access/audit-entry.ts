import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { AuditEntryTable } from '../db/schema.js'
import { canonical } from '../tasks/canonical.js'

/** What is told of one deed. */
export interface Deed {
  readonly at: Date
  readonly who: string
  readonly address: string
  readonly action: string
  readonly target: string | null
  readonly detail: Readonly<Record<string, unknown>>
  readonly status: number
}

export interface AuditEntry extends Deed {
  readonly seq: number
  /** SHA-256 over the hash of the entry before and all of this one, as hexadecimal digits. */
  readonly hash: string
}

/** What comes before the first entry. */
export const beginning: Buffer = Buffer.alloc(32)

export function hashOf(previous: Buffer, seq: number, deed: Deed): Buffer {
  const { at, who, address, action, target, detail, status } = deed
  const told = { seq, at: at.toISOString(), who, address, action, target, detail, status }
  return createHash('sha256').update(previous).update(canonical(told)).digest()
}

export function toEntry(row: Selectable<AuditEntryTable>): AuditEntry {
  return { ...toDeed(row), seq: Number(row.seq), hash: row.hash.toString('hex') }
}

export function toDeed(row: Selectable<AuditEntryTable>): Deed {
  const { at, who, address, action, target, detail, status } = row
  return { at, who, address, action, target, status, detail: isRecord(detail) ? detail : {} }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
