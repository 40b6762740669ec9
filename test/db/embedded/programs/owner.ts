/**
 * Owns the PostgreSQL of the directory in argv[2], like a Crisper in a process of its own: prints how starting went as
 * a line of JSON, and stops on SIGTERM.
 */
import { startEmbeddedPostgres } from '../../../../src/db/embedded/server.js'

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: owner.ts <data dir>')

try {
  const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) })
  const alive = setInterval(() => undefined, 60_000)
  process.once('SIGTERM', async () => {
    await postgres.stop()
    clearInterval(alive)
  })
  console.log(JSON.stringify({ connection: postgres.connection }))
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.log(JSON.stringify({ error: error.name, message: error.message }))
}
