import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import { z } from 'zod'
import type { AuditFilter } from '../../access/audit.js'
import type { AuditEntry } from '../../access/audit-entry.js'
import { auditAnswer } from '../access-answers.js'
import { errorAnswer } from '../answers.js'
import type { App, Context } from '../context.js'
import { text, time, wholeNumber } from '../parameters.js'

const filters = {
  who: text.describe('Exact, such as token:deploy'),
  action: text.describe('Exact, such as task.stop; or with a dot at the end all that start so'),
  target: text.describe('The id or name of what it was done to'),
  after: time.describe('ISO 8601, inclusive'),
  before: time.describe('ISO 8601, exclusive'),
}

const listQuery = z.object({
  ...filters,
  limit: wholeNumber(1, 1000).describe('Default 100'),
  cursor: wholeNumber(0, 999_999_999_999_999).describe('next_cursor of the page before'),
})

const exportQuery = z.object({
  ...filters,
  format: z.enum(['csv', 'json'], 'takes csv or json').default('csv').describe('json: an entry a line'),
})

const defaultLimit = 100

/** Who did what. */
export function auditRoutes(app: App, { access }: Context): void {
  app.get(
    '/api/audit/',
    {
      config: { access: 'audit:read' },
      schema: {
        summary: 'Every call that changed something or was refused, and every sign-in, newest first',
        tags: ['access'],
        querystring: listQuery,
        response: { 200: auditAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => {
      const { limit = defaultLimit, cursor } = query
      const { entries, nextCursor } = await access.audit.list(toAuditFilter(query), { limit, cursor })
      return {
        entries: entries.map(toEntryAnswer),
        next_cursor: nextCursor === null ? null : String(nextCursor),
      }
    },
  )

  app.get(
    '/api/audit/export/',
    {
      config: { access: 'audit:read' },
      schema: {
        summary: 'The same as a file, oldest first, whole',
        tags: ['access'],
        querystring: exportQuery,
      },
    },
    ({ query }, reply) => {
      const { format } = query
      const lines = access.audit.all(toAuditFilter(query))
      return reply
        .header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header(
          'content-disposition',
          `attachment; filename="crisper-audit.${format === 'csv' ? 'csv' : 'jsonl'}"`,
        )
        .send(Readable.from(format === 'csv' ? asCsv(lines) : asJsonLines(lines)))
    },
  )
}

function toAuditFilter(query: z.output<z.ZodObject<typeof filters>>): AuditFilter {
  const { who, action, target, after, before } = query
  return { who, action, target, after, before }
}

function toEntryAnswer(entry: AuditEntry): z.output<typeof auditAnswer>['entries'][number] {
  return { ...entry, at: entry.at.toISOString(), detail: { ...entry.detail } }
}

const columns = ['seq', 'at', 'who', 'address', 'action', 'target', 'status', 'detail', 'hash'] as const

async function* asCsv(slices: AsyncIterable<readonly AuditEntry[]>): AsyncGenerator<string> {
  yield stringify([[...columns]])
  for await (const entries of slices) {
    // A cell that a spreadsheet takes for a formula would be run there.
    yield stringify(entries.map(toEntryAnswer), { columns: [...columns], escape_formulas: true })
  }
}

async function* asJsonLines(slices: AsyncIterable<readonly AuditEntry[]>): AsyncGenerator<string> {
  for await (const entries of slices) {
    yield entries.map((entry) => `${JSON.stringify(toEntryAnswer(entry))}\n`).join('')
  }
}
