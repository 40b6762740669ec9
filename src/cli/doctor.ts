import type { Command } from 'commander'
import type { Broker } from '../celery/broker.js'
import { maskUrl } from '../celery/broker-url.js'
import { conf, enableEvents, ping, stats } from '../celery/control.js'
import { decodeEvents } from '../celery/events.js'
import { openBroker } from '../celery/open-broker.js'
import { managementOf } from '../compose/management.js'
import { openConfiguredBackend } from '../compose/result-backend.js'
import type { Config } from '../config.js'
import { connect, type DatabaseConnection, isTransient } from '../db/connect.js'
import { inspectJobsTable } from '../db/jobs-table/inspect.js'
import { BadJobsTable } from '../db/jobs-table/jobs-table.js'
import { JobsTablePlugin } from '../db/jobs-table/plugin.js'
import { longestMs, lookAtTable, type TableLook } from '../tasks/attached/index-advice.js'
import { exitCodes } from './exit.js'
import { printJson, withProgress } from './output.js'
import { printable } from './printable.js'
import { addConnectionOptions, type ConfigOptions, configOf } from './serve.js'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  /** How to mend it. */
  readonly mend?: string
}

const askMs = 3000
/** Two heartbeats of a worker with default settings, and some. */
const listenMs = 5000
const skewTolerance = 5
const withoutBackend = 'Live states and results then come from events only.'

export function addDoctor(program: Command): void {
  addConnectionOptions(program.command('doctor'))
    .description('Say what is wrong between Crisper and your Celery, and how to mend it')
    .option('--json', 'print JSON, for scripts')
    .action(doctor)
}

async function doctor(options: ConfigOptions & { readonly json?: boolean }): Promise<void> {
  const findings = await withProgress('looking around', examine(configOf(options)))
  if (options.json) printJson({ findings })
  else {
    for (const { check, ok, found, mend } of findings) {
      console.log(printable(`${ok ? 'ok  ' : 'BAD '} ${check}: ${found}`))
      if (mend !== undefined) console.log(`     ${mend}`)
    }
  }
  if (findings.some(({ ok }) => !ok)) process.exitCode = exitCodes.unconfirmed
}

async function examine(config: Config): Promise<Finding[]> {
  return [
    ...(await examineBroker(config)),
    ...(await examineManagement(config)),
    ...(await examineBackend(config)),
    ...(await examineDatabase(config)),
  ]
}

async function examineBroker(config: Config): Promise<Finding[]> {
  if (config.broker === null) {
    return [bad('broker', 'none given', 'Give --broker or CELERY_BROKER_URL, the URL your workers use.')]
  }
  // A queue of its own: the running Crisper keeps its events.
  const broker = openBroker(config.broker, { eventQueue: null })
  try {
    await broker.connect()
    return [good('broker', `reached ${broker.maskedUrl}`), ...(await examineWorkers(broker, config))]
  } catch (error) {
    return [bad('broker', messageOf(error), 'Check the URL, the credentials, and that the broker runs.')]
  } finally {
    await broker.close()
  }
}

async function examineManagement(config: Config): Promise<Finding[]> {
  const management = managementOf(config)
  if (management === null) return []
  try {
    const queues = await management.queues()
    return [good('management API', `tells of ${queues.length} queue(s)`)]
  } catch (error) {
    const mend = 'Check broker_options.management_url; until then queues are asked for one by one.'
    return [bad('management API', messageOf(error), mend)]
  }
}

async function examineWorkers(broker: Broker, config: Config): Promise<Finding[]> {
  const skews = watchClocks(broker)
  const names = await ping(broker, { timeoutMs: askMs })
  if (names.length === 0) {
    return [
      bad(
        'workers',
        'none answers',
        'Start one (celery -A yourapp worker -E); or its control_exchange, database or vhost differ, or remote control is off.',
      ),
    ]
  }
  const ask = { timeoutMs: askMs, expected: names.length }
  const pools = await stats(broker, ask)
  return [
    good('workers', pools.map(({ worker, pool }) => `${worker} (${pool.kind})`).join(', ')),
    ...(config.enable_events ? [await examineEvents(broker, ask)] : []),
    ...(await examineBackendSetting(broker, config, ask)),
    examineClocks(await skews),
  ]
}

async function examineEvents(broker: Broker, ask: { timeoutMs: number; expected: number }): Promise<Finding> {
  const without = (await enableEvents(broker, ask)).filter(({ already }) => !already)
  if (without.length === 0) return good('events', 'every worker sends task events')
  return bad(
    'events',
    `off on ${without.map(({ worker }) => worker).join(', ')}; turned on now, until they restart`,
    'Start workers with -E or set worker_send_task_events = True; crisper serve also turns them on by itself.',
  )
}

async function examineBackendSetting(
  broker: Broker,
  config: Config,
  ask: { timeoutMs: number; expected: number },
): Promise<Finding[]> {
  if (config.result_backend !== null) return []
  const told = (await conf(broker, ask))
    .map(({ settings }) => settings.result_backend)
    .find((url) => typeof url === 'string')
  if (told === undefined) return []
  return [
    bad(
      'result backend',
      `the workers use ${maskUrl(told)}, Crisper none`,
      'Give --result-backend or CELERY_RESULT_BACKEND.',
    ),
  ]
}

/** Listens to heartbeats; the least lateness of each host tells its clock from the network. */
async function watchClocks(broker: Broker): Promise<Map<string, number>> {
  const skews = new Map<string, number>()
  const subscription = await broker.subscribe((delivery) => {
    for (const event of decodeEvents(delivery.open()).events) {
      if (!event.type.startsWith('worker-')) continue
      const skew = event.timestamp - event.arrivedAt
      const known = skews.get(event.hostname)
      if (known === undefined || Math.abs(skew) < Math.abs(known)) skews.set(event.hostname, skew)
    }
  })
  await new Promise((resolve) => setTimeout(resolve, listenMs))
  await subscription.stop()
  return skews
}

function examineClocks(skews: ReadonlyMap<string, number>): Finding {
  const wrong = [...skews].filter(([, skew]) => Math.abs(skew) > skewTolerance)
  if (wrong.length === 0) return good('clocks', `agree on ${skews.size} worker(s) heard`)
  const list = wrong.map(([host, skew]) => `${host} ${skew > 0 ? '+' : ''}${skew.toFixed(0)} s`).join(', ')
  return bad(
    'clocks',
    `differ from this machine: ${list}`,
    'Keep every host on NTP (chrony, systemd-timesyncd).',
  )
}

async function examineBackend(config: Config): Promise<Finding[]> {
  if (config.result_backend === null) return []
  const backend = openConfiguredBackend(config)
  try {
    if (backend.why !== null) {
      return [bad('result backend', backend.why, withoutBackend)]
    }
    await backend.check()
    return [good('result backend', `reads ${backend.maskedUrl}`)]
  } catch (error) {
    return [bad('result backend', messageOf(error), withoutBackend)]
  } finally {
    await backend.close()
  }
}

async function examineDatabase(config: Config): Promise<Finding[]> {
  if (config.database === null) return [good('database', 'embedded; crisper serve starts it')]
  const { db, pool, close } = connect({ url: config.database }, () => {})
  try {
    const { rows } = await pool.query<{ server_version: string }>('show server_version')
    return [
      good('database', `PostgreSQL ${rows[0]?.server_version}`),
      ...(config.jobs_table === null ? [] : await examineJobsTable({ db, pool }, config.jobs_table)),
    ]
  } catch (error) {
    const mend = isTransient(error)
      ? 'Check host and port, and that it runs.'
      : 'Check user, password and name.'
    return [bad('database', messageOf(error), mend)]
  } finally {
    await close()
  }
}

async function examineJobsTable(
  { db, pool }: Pick<DatabaseConnection, 'db' | 'pool'>,
  name: string,
): Promise<Finding[]> {
  try {
    const table = await inspectJobsTable(pool, name)
    return [
      good('jobs table', `${table.schema}.${table.name} can be used`),
      ...indexFindings(await lookAtTable(db.withPlugin(new JobsTablePlugin(table)), table)),
    ]
  } catch (error) {
    if (!(error instanceof BadJobsTable)) throw error
    return [
      bad('jobs table', error.message, 'See docs/django.md for the table and the rights that are needed.'),
    ]
  }
}

/** What its size is, what each list reads of it, and which indexes would help: they are the owner's to create. */
function indexFindings({ rows, bytes, questions }: TableLook): Finding[] {
  const table = good(
    'jobs table',
    `about ${rows.toLocaleString('en')} rows, ${megabytes(bytes)} with its indexes`,
  )
  return [
    table,
    ...questions.map(({ question, rowsRead, ms, advice }) => {
      const read =
        rowsRead === null
          ? `more than ${longestMs / 1000} s`
          : `${rowsRead.toLocaleString('en')} rows read in ${ms.toFixed(0)} ms`
      const finding = good('jobs table', `${question}: ${read}`)
      if (advice === undefined) return finding
      const price = `reads those few only, takes about ${megabytes(advice.bytes)}; Crisper creates nothing there`
      return { ...finding, mend: `${advice.statement};  -- ${price}` }
    }),
  ]
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`
}

function good(check: string, found: string): Finding {
  return { check, ok: true, found }
}

function bad(check: string, found: string, mend: string): Finding {
  return { check, ok: false, found, mend }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
