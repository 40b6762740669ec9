import { readFileSync } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import pRetry from 'p-retry'
import { addressList } from './address-list.js'
import type { Broker } from './celery/broker.js'
import { openBroker } from './celery/open-broker.js'
import type { ResultBackend } from './celery/results/backend.js'
import { BadConfig, type Config, isLoopback } from './config.js'
import { connect, type DatabaseConnection } from './db/connect.js'
import { Consumption } from './fleet/consumption.js'
import { Greeter } from './fleet/greeter.js'
import { PurgeStore } from './fleet/purge-store.js'
import { Purges } from './fleet/purges.js'
import { QueueHistory } from './fleet/queue-history.js'
import { mostQueues, Queues } from './fleet/queues.js'
import { WaitingTasks } from './fleet/waiting-tasks.js'
import { Workers } from './fleet/workers.js'
import { greetings } from './greetings.js'
import { buildApp } from './http/app.js'
import type { Access, App } from './http/context.js'
import { keepAudit } from './keep-audit.js'
import { Metrics } from './metrics/metrics.js'
import { openAccess } from './open-access.js'
import { type OpenDatabase, openDatabase } from './open-database.js'
import { GapWatch } from './reconcile/gap-watch.js'
import { GapStore } from './reconcile/gaps.js'
import { Reconciler } from './reconcile/reconciler.js'
import { Schedule } from './reconcile/schedule.js'
import { openConfiguredBackend } from './result-backend.js'
import { BatchStore } from './stops/batches.js'
import { StopEngine } from './stops/engine.js'
import type { TaskFacts } from './stops/facts.js'
import { StopStore } from './stops/store.js'
import { RowWatch } from './tasks/attached/row-watch.js'
import { Settler } from './tasks/attached/settler.js'
import { TypeFiller } from './tasks/attached/type-filler.js'
import { attachedWriter, lockTimeoutMs } from './tasks/attached/write.js'
import { happeningsOf } from './tasks/happenings.js'
import { Ingest } from './tasks/ingest.js'
import { LiveFeed } from './tasks/live-feed.js'
import { taskMetas } from './tasks/live-state.js'
import { ownerReader } from './tasks/ownership.js'
import { findJobs } from './tasks/queries.js'
import { TaskStore, type TaskStoreParts } from './tasks/store.js'
import { type TaskTypes, taskTypes } from './tasks/task-types.js'
import { UnfinishedCounter } from './tasks/unfinished-by-queue.js'
import { waitingSince } from './tasks/waiting-since.js'
import { writeOwn } from './tasks/write-records.js'
import { ViewStore } from './views/store.js'
import { startWorkerParts } from './worker-parts.js'

/** Milliseconds that requests have to end in when Crisper ends: a hard stop waits for its confirmation that long. */
const lastRequestsMs = 3000

/** A running Crisper. */
export interface Crisper {
  /** Such as `http://127.0.0.1:8722`. */
  readonly url: string
  /** Ends cleanly: what has arrived is written, then everything that was started is stopped. */
  stop(): Promise<void>
}

/**
 * Builds the parts from the configuration and starts them: database, broker, ingest, stops, HTTP. The one place that
 * knows them all. The broker may be away: history is served meanwhile, and the connection is tried for ever.
 */
export async function startCrisper(config: Config, log: FastifyBaseLogger): Promise<Crisper> {
  if (config.broker === null) {
    throw new BadConfig('broker: give --broker or CELERY_BROKER_URL, the URL that your Celery workers use')
  }
  const undo: (() => unknown)[] = []
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    // First what only reads the configuration: a wrong setting is told before anything is started.
    const types = taskTypes(config.task_types)
    const broker = openBroker(config.broker, brokerOptions(config))
    undo.push(() => broker.close())
    const backend = openConfiguredBackend(config)
    undo.push(() => backend.close())
    const ownerOf = ownerReader(config.owner_paths, config.owner_paths.by_task)
    const reading = { ownerOf, redactor: config.redaction }
    checkProxies(config.trusted_proxies)
    const tls = config.tls && readTls(config.tls)
    const database = await openDatabase(config, log, undo)
    const access = openAccess(config, database.db, log)
    await refuseOpenDoor(config.host, access)
    undo.push(keepAudit(access.audit, config.access.audit_days, log))
    const live = new LiveFeed(database.db, log)
    undo.push(() => live.stop())
    const tasks = new TaskStore({
      types,
      ...rowWriter(config, database, { types, live, log, undo }),
      onApplied: (applied) => live.onApplied(applied),
    })
    const workers = new Workers()
    const metrics = new Metrics()
    const stopStore = new StopStore(database.db, (changed) => metrics.onStopsChanged(changed))
    const stops = new StopEngine({
      broker,
      backend,
      tasks,
      stops: stopStore,
      batches: new BatchStore(database.db),
      workers,
      log,
      factsOf: (taskIds) => factsOf(database.db, backend, taskIds),
    })
    const greeter = new Greeter(
      greetings({ broker, workers, stops, enable: config.enable_events }),
      (worker, error) => log.warn({ err: error, worker }, 'a worker could not be greeted'),
    )
    const history: QueueHistory = new QueueHistory({
      db: database.db,
      workers,
      log,
      connected: () => broker.status.state === 'connected',
      queues: async () => (await queues.look()).queues,
    })
    const ingest = new Ingest({
      broker,
      store: tasks,
      ...reading,
      log,
      onApplied: (applied, news) => {
        stops.onApplied(applied)
        const happened = happeningsOf(news, applied)
        history.onHappened(happened)
        metrics.onHappened(happened)
      },
      onWorkerEvent: (event, clockSkew) => {
        workers.onEvent(event, clockSkew)
        greeter.onWorkerEvent(event)
      },
      onTaskEvent: (event) => workers.onTaskEvent(event),
    })
    broker.onStatus(({ state }) => {
      if (state !== 'connected') workers.onListening(false)
    })
    const workerParts = await startWorkerParts({ broker, workers, db: database.db, log, undo })
    const consumption = new Consumption({
      broker,
      workers,
      onFailure: (error) => log.warn({ err: error }, 'the workers could not be asked what they consume'),
    })
    const reconciler = new Reconciler({
      db: database.db,
      broker,
      backend,
      workers,
      apply: async (records) => stops.onApplied(await tasks.apply(records)),
      log,
      isBehind: () => ingest.isBehind,
      failLostAfter: config.reconcile.fail_lost_after,
    })
    const gaps = new GapStore(database.db)
    const abort = new AbortController()
    const reconciling = new Schedule({ reconciler, workers, gaps, log, interval: config.reconcile.interval })
    const gapWatch = new GapWatch({
      gaps,
      broker,
      ingest,
      log,
      signal: abort.signal,
      onMissed: (since) => reconciler.missedSince(since),
    })
    const unfinished = new UnfinishedCounter(database.db, mostQueues)
    const queues: Queues = new Queues({
      broker,
      workers,
      consumption,
      history,
      unfinished: () => unfinished.get(),
      waitingSince: (taskIds) => waitingSince(database.db, taskIds),
    })
    const waitingTasks = new WaitingTasks({
      broker,
      store: tasks,
      db: database.db,
      reading,
      log,
      ...config.waiting_tasks,
      queues: async () => (await queues.look()).queues,
    })
    const purgeStore = new PurgeStore(database.db)
    const purges = new Purges({
      broker,
      store: purgeStore,
      tasks,
      reading,
      log,
      onDeleted: (queue, count) => history.onLeft(queue, count),
    })
    const version = packageVersion()
    metrics.watch({ version, ingest, broker, queues, workers })
    await stops.start()
    undo.push(() => stops.stop())
    // Before the first connection, so that no worker starts in between.
    await broker.shareRevoked(() => stops.openTaskIds)

    const app = await buildApp(
      {
        version,
        db: database.db,
        jobsTable: database.table,
        broker,
        backend,
        types,
        redactor: config.redaction,
        tasks,
        live,
        ingest,
        stops,
        stopStore,
        escalateAfter: config.escalate_after,
        views: new ViewStore(database.db, log),
        workers,
        reconciling,
        gaps,
        ...workerParts,
        metrics,
        queues,
        history,
        waitingTasks,
        purges,
        purgeStore,
        basePath: config.base_path,
        access,
      },
      { log, trustedProxies: config.trusted_proxies, corsOrigins: config.access.cors_origins, tls },
    )
    await listen(app, config)
    undo.push(() => closeSoon(app))

    const onConnected = async () => {
      workers.onListening(true)
      await greeter.everybody()
      reconciling.connected()
    }
    reconciling.start()
    undo.push(() => reconciling.stop())
    const connecting = connectForEver(broker, ingest, { onConnected, gapWatch }, log, abort.signal)
    for (const part of [history, waitingTasks, purges]) {
      part.start()
      undo.push(() => part.stop())
    }
    undo.push(async () => {
      abort.abort()
      await connecting
      await ingest.stop()
      await gapWatch.stop()
    })
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    const bound = app.server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : config.port
    return { url: `${tls === null ? 'http' : 'https'}://${host}:${port}${config.base_path}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function factsOf(
  db: DatabaseConnection['db'],
  backend: ResultBackend,
  taskIds: readonly string[],
): Promise<Map<string, TaskFacts>> {
  const [jobs, metas] = await Promise.all([findJobs(db, taskIds), taskMetas(backend, taskIds)])
  return new Map(taskIds.map((id) => [id, { job: jobs.get(id), meta: metas.get(id) }]))
}

async function listen(app: App, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const way = 'give another with --port or CRISPER_PORT (0 picks a free one)'
    if (code === 'EADDRINUSE')
      throw new BadConfig(`port: ${port} on ${host} is taken, perhaps by another Crisper; ${way}`)
    if (code === 'EACCES') throw new BadConfig(`port: ${port} may not be used by this user; ${way}`)
    if (code === 'EADDRNOTAVAIL') throw new BadConfig(`host: this machine has no address ${host}`)
    throw error
  }
}

/** Lets requests that are under way end; connections on which nothing was ever asked, as browsers open them, don't count. */
async function closeSoon(app: App): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), lastRequestsMs)
  await app.close()
  clearTimeout(timer)
}

/** How records and rows are written; in an application's table with all that goes on beside. */
function rowWriter(
  config: Config,
  { pool, table }: OpenDatabase,
  parts: { types: TaskTypes; live: LiveFeed; log: FastifyBaseLogger; undo: (() => unknown)[] },
): Pick<TaskStoreParts, 'pool' | 'write'> {
  if (!table.attached || config.database === null) return { pool, write: writeOwn }
  const { types, live, log, undo } = parts
  const careful = connect(
    { url: config.database },
    (error) => log.warn({ err: error }, 'a database connection was lost'),
    { lockTimeoutMs },
  )
  undo.push(() => careful.close())
  const own = { pool: careful.pool, table, types, log }
  for (const part of [new Settler(own), new TypeFiller(own), new RowWatch({ ...own, live })]) {
    part.start()
    undo.push(() => part.stop())
  }
  return { pool: careful.pool, write: attachedWriter(table, types) }
}

/** Connects, subscribes, and greets the workers, now and after each reconnection. Resolves once done or aborted. */
async function connectForEver(
  broker: Broker,
  ingest: Ingest,
  { onConnected, gapWatch }: { onConnected: () => Promise<void>; gapWatch: GapWatch },
  log: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  const greetAll = () =>
    void onConnected().catch((error) => log.warn({ err: error }, 'the workers could not be asked'))
  broker.onStatus((status) => {
    if (status.state === 'reconnecting') log.warn({ error: status.error }, 'the broker is away; reconnecting')
    if (status.state === 'connected' && ingest.subscribed) {
      log.info({ reconnects: status.reconnects }, 'the broker is back; events arrive again')
      greetAll()
    }
  })
  try {
    await pRetry(
      async () => {
        await broker.connect()
        await ingest.start()
      },
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: 500,
        maxTimeout: 5000,
        signal,
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (attemptNumber === 1) log.warn({ error: error.message }, 'no broker yet; trying on')
        },
      },
    )
  } catch (error) {
    if (!signal.aborted) log.error({ err: error }, 'the event stream could not be started')
    return
  }
  log.info({ broker: broker.maskedUrl }, 'events arrive')
  await gapWatch.subscribed().catch((error) => {
    if (!signal.aborted) log.warn({ err: error }, 'a gap could not be written down')
  })
  greetAll()
}

function brokerOptions({ broker_options: options }: Config) {
  return {
    globalKeyprefix: options.global_keyprefix,
    fanoutPrefix: options.fanout_prefix,
    fanoutPatterns: options.fanout_patterns,
    prioritySteps: options.priority_steps,
    sep: options.sep,
    eventExchange: options.event_exchange,
    controlExchange: options.control_exchange,
    eventQueue: options.event_queue,
    masterName: options.master_name,
    sentinelPassword: options.sentinel_password,
  }
}

/** Before anything listens. Throws BadConfig. */
async function refuseOpenDoor(host: string, { authenticator }: Access): Promise<void> {
  if (isLoopback(host) || (await authenticator.required())) return
  throw new BadConfig(
    `host: ${host} can be reached from other machines, and nobody would have to sign in. Make a token first, with ` +
      'crisper token create --name me --role admin, or configure access (docs/security.md); or listen on 127.0.0.1',
  )
}

/** They go into Fastify as they are; a wrong one would only fail at the first request. Throws BadConfig. */
function checkProxies(proxies: readonly string[]): void {
  addressList(proxies)
}

function readTls({ cert, key }: NonNullable<Config['tls']>): { cert: Buffer; key: Buffer } {
  try {
    return { cert: readFileSync(cert), key: readFileSync(key) }
  } catch (error) {
    throw new BadConfig(`tls: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function packageVersion(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown'
}
