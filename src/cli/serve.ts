import { once } from 'node:events'
import type { Command } from 'commander'
import { pino } from 'pino'
import pretty from 'pino-pretty'
import { type Config, loadConfig } from '../config.js'
import { startCrisper } from '../crisper.js'
import { exitCodes } from './exit.js'

export interface ConfigOptions {
  readonly broker?: string
  readonly resultBackend?: string
  readonly resultDatabase?: string
  readonly database?: string
  readonly jobsTable?: string
  readonly dataDir?: string
  readonly host?: string
  readonly port?: string
  readonly basePath?: string
  readonly trustedProxy?: string[]
  readonly enableEvents?: boolean
  readonly readOnly?: boolean
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly config?: string
}

export function addServe(program: Command): void {
  addConnectionOptions(program.command('serve'))
    .description('Run Crisper: follow the events, keep the history, serve the API')
    .option('--data-dir <dir>', 'where the embedded database lives (CRISPER_DATA_DIR)')
    .option('--host <address>', 'where to listen; only loopback while nobody has to sign in (CRISPER_HOST)')
    .option('--port <number>', '0 picks a free one; default 8722 (CRISPER_PORT)')
    .option('--base-path <path>', 'below which a proxy serves Crisper, such as /crisper (CRISPER_BASE_PATH)')
    .option('--trusted-proxy <address...>', 'proxies whose X-Forwarded-* headers are believed')
    .option('--tls-cert <file>', 'serve HTTPS: the certificate and those above it, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--read-only', 'let nobody change anything through the API')
    .option('--no-enable-events', "do not turn on workers' task events")
    .action(serve)
}

/** The options that say where things are; doctor takes them too. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--broker <url>', 'the broker of your Celery workers (CELERY_BROKER_URL)')
    .option('--result-backend <url>', 'their result backend (CELERY_RESULT_BACKEND)')
    .option(
      '--result-database <url>',
      'for the result backend django-db: the database of Django, unless it is that of --database (CRISPER_RESULT_DATABASE)',
    )
    .option('--database <url>', 'your PostgreSQL; without it an embedded one is started (DATABASE_URL)')
    .option('--jobs-table <name>', "your application's table of jobs, such as core_job (CRISPER_JOBS_TABLE)")
    .option('--config <file>', 'crisper.yaml (CRISPER_CONFIG)')
}

/** Flags over environment over file. Throws BadConfig. */
export function configOf(options: ConfigOptions): Config {
  return loadConfig(
    {
      ...given('broker', options.broker),
      ...given('result_backend', options.resultBackend),
      ...given('result_database', options.resultDatabase),
      ...given('database', options.database),
      ...given('jobs_table', options.jobsTable),
      ...given('data_dir', options.dataDir),
      ...given('host', options.host),
      ...given('port', options.port),
      ...given('base_path', options.basePath),
      ...given('trusted_proxies', options.trustedProxy),
      ...given('config', options.config),
      ...(options.enableEvents === false ? { enable_events: false } : {}),
      ...(options.readOnly ? { read_only: true } : {}),
      ...(options.tlsCert !== undefined || options.tlsKey !== undefined
        ? { tls: { ...given('cert', options.tlsCert), ...given('key', options.tlsKey) } }
        : {}),
    },
    process.env,
  )
}

function given(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value }
}

async function serve(options: ConfigOptions): Promise<void> {
  const config = configOf(options)
  const log = pino(
    { level: config.log_level },
    process.stderr.isTTY ? pretty({ destination: 2 }) : pino.destination(2),
  )
  const crisper = await startCrisper(config, log)
  console.log(`crisper listening on ${crisper.url}`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  if (!(await crisper.stop())) process.exitCode = exitCodes.failed
  setTimeout(() => {
    log.error({ open: process.getActiveResourcesInfo() }, 'something does not end; leaving it')
    process.exit(exitCodes.failed)
  }, longestEndMs).unref()
}

/** Milliseconds in which the process should be gone once all parts have ended. */
const longestEndMs = 10_000
