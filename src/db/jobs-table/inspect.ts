import pg from 'pg'
import { z } from 'zod'
import { type ColumnNeed, neededColumns } from './columns.js'
import { BadJobsTable, type JobsTable, quotedTable } from './jobs-table.js'

const relation = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  may_use: z.boolean(),
  missing: z.array(z.string()),
})

const column = z.object({
  name: z.string(),
  type: z.string(),
  characters: z.number().nullable(),
  not_null: z.boolean(),
  filled_in: z.boolean(),
})
type Column = z.infer<typeof column>

const index = z.object({ columns: z.array(z.string()), is_unique: z.boolean() })

const kinds: Readonly<Record<string, string>> = {
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  c: 'a composite type',
  i: 'an index',
  S: 'a sequence',
}

/**
 * Looks at a table of the application, as `core_job` or `schema.core_job`, by reading the catalogue only. Throws
 * BadJobsTable where it can't be used with these rights.
 */
export async function inspectJobsTable(
  pool: pg.Pool,
  name: string,
  rights: readonly string[] = ['select', 'insert', 'update'],
): Promise<JobsTable> {
  const found = await findRelation(pool, name, rights)
  const shown = `${found.schema}.${found.name}`
  const kind = kinds[found.kind]
  if (kind !== undefined) {
    throw new BadJobsTable(`${shown} is ${kind}: give the table behind it with --jobs-table`)
  }
  if (!found.may_use) {
    throw new BadJobsTable(
      `schema ${found.schema} is closed to this role: grant usage on schema ${pg.escapeIdentifier(found.schema)} to it`,
    )
  }
  if (found.missing.length > 0) {
    throw new BadJobsTable(
      `${shown} needs ${found.missing.join(', ')} for this role: grant ${found.missing.join(', ')} on ` +
        `${quotedTable(found)} to it`,
    )
  }
  const columns = await columnsOf(pool, found)
  checkColumns(shown, columns)
  const indexes = await indexesOf(pool, found)
  if (
    !indexes.some(({ columns, is_unique }) => is_unique && columns.length === 1 && columns[0] === 'task_id')
  ) {
    throw new BadJobsTable(
      `${shown} has no unique index on task_id alone, so that one task could have two rows: make task_id unique there`,
    )
  }
  return {
    schema: found.schema,
    name: found.name,
    attached: true,
    userIdType: userIdTypeOf(columns),
    taskIdLength: columns.find(({ name }) => name === 'task_id')?.characters ?? null,
    hasTimeIndex: indexes.some(({ columns: [first] }) => first === 'created_at'),
    hasNameIndex: indexes.some(
      ({ columns: [first, second] }) => first === 'task_name' && second === 'created_at',
    ),
  }
}

async function findRelation(
  pool: pg.Pool,
  name: string,
  rights: readonly string[],
): Promise<z.infer<typeof relation>> {
  const { rows } = await pool
    .query(
      `select n.nspname as schema, c.relname as name, c.relkind::text as kind,
              has_schema_privilege(n.oid, 'usage') as may_use,
              array(select p from unnest($2::text[]) p
                     where not has_table_privilege(c.oid, p)) as missing
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
        where c.oid = to_regclass($1)`,
      [name, rights],
    )
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && /^(42601|42602|0A000)$/.test(String(error.code)))
        throw noName(name)
      throw error
    })
  const [row] = z.array(relation).parse(rows)
  if (row !== undefined) return row
  throw new BadJobsTable(
    `there is no table ${name} in this database: check --database, and give the schema too if it is not public ` +
      '(--jobs-table SCHEMA.TABLE)',
  )
}

function noName(name: string): BadJobsTable {
  return new BadJobsTable(
    `${name} is no name of a table: write TABLE or SCHEMA.TABLE, and quote what needs it`,
  )
}

async function columnsOf(pool: pg.Pool, { schema, name }: z.infer<typeof relation>): Promise<Column[]> {
  const { rows } = await pool.query(
    `select a.attname as name, format_type(a.atttypid, null) as type,
            case when a.atttypmod > 4 then a.atttypmod - 4 end as characters,
            a.attnotnull as not_null,
            a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' as filled_in
       from pg_attribute a
       join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped`,
    [schema, name],
  )
  return z.array(column).parse(rows)
}

function checkColumns(shown: string, columns: readonly Column[]): void {
  const byName = new Map(columns.map((each) => [each.name, each]))
  const problems = Object.entries(neededColumns).flatMap(([name, need]) => {
    const has = byName.get(name)
    return has === undefined ? [`it lacks ${name} (${need.types[0]})`] : wrongIn(has, need)
  })
  const extra = columns.filter(
    ({ name, not_null, filled_in }) => !Object.hasOwn(neededColumns, name) && not_null && !filled_in,
  )
  for (const { name } of extra) {
    problems.push(`${name} is not of the contract and must have a database default or be nullable`)
  }
  if (problems.length === 0) return
  throw new BadJobsTable(`${shown} can't be used as it is: ${problems.join('; ')}. Nothing was changed.`)
}

function wrongIn({ name, type, characters }: Column, need: ColumnNeed): string[] {
  if (!need.types.includes(type)) return [`${name} is ${type}, ${need.types.join(' or ')} is needed`]
  if (need.characters === undefined || characters === null || characters >= need.characters) return []
  return [`${name} holds ${characters} characters, ${need.characters} are needed`]
}

async function indexesOf(pool: pg.Pool, { schema, name }: z.infer<typeof relation>) {
  const { rows } = await pool.query(
    `select i.indisunique and i.indpred is null as is_unique,
            array(select coalesce(a.attname::text, '')
                    from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality k(attnum, place)
                    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
                   order by k.place) as columns
       from pg_index i
       join pg_class c on c.oid = i.indrelid
       join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2 and i.indisvalid and i.indpred is null`,
    [schema, name],
  )
  return z.array(index).parse(rows)
}

function userIdTypeOf(columns: readonly Column[]): JobsTable['userIdType'] {
  const type = columns.find(({ name }) => name === 'created_by_id')?.type
  return type === 'uuid' || type === 'bigint' || type === 'smallint' ? type : 'integer'
}
