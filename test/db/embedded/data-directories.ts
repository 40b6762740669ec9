import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterEach } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/db/embedded/server.js'

/**
 * Temporary directories and servers of one test file, ended and removed after each test.
 * The directories can be entered by PostgreSQL's user, unless the test closes them.
 */
export function embeddedServers() {
  const directories: string[] = []
  const servers: EmbeddedPostgres[] = []

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()))
    for (const directory of directories.splice(0).reverse()) {
      await removeElsewhere(directory)
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    }
  })

  return {
    async directory(): Promise<string> {
      const directory = await mkdtemp(join(tmpdir(), 'embedded-'))
      directories.push(directory)
      await chmod(directory, 0o755)
      return directory
    },
    /** Starts one that is stopped after the test at the latest, and collects what it told. */
    async start(dataDir: string, signal?: AbortSignal) {
      const told: string[] = []
      const server = await startEmbeddedPostgres({
        dataDir,
        log: (line) => told.push(line),
        ...(signal && { signal }),
      })
      servers.push(server)
      return { server, told }
    },
    /** Removes the cluster that a note in `dataDir` points to, after the test. */
    removeLater(directory: string): void {
      directories.push(directory)
    },
  }
}

async function removeElsewhere(directory: string): Promise<void> {
  const home = await elsewhere(directory)
  if (home !== undefined && dirname(home) === '/var/lib/crisper/clusters') {
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Where the cluster of a data directory is that PostgreSQL's user may not enter. */
export async function elsewhere(dataDir: string): Promise<string | undefined> {
  const note = await readFile(join(dataDir, 'postgres-location.txt'), 'utf8').catch(() => '')
  return note.split('\n').find((line) => line.startsWith('/'))
}

/** The first column of a query's rows. */
export async function column(
  connection: EmbeddedPostgres['connection'],
  sql: string,
): Promise<(string | number | null)[]> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    const result = await client.query<(string | number | null)[]>({ text: sql, rowMode: 'array' })
    return result.rows.map((row) => row[0] ?? null)
  } finally {
    await client.end()
  }
}
