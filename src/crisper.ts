import { readFileSync } from 'node:fs'
import type { FastifyBaseLogger } from 'fastify'
import { openBroker } from './celery/open-broker.js'
import { addressList } from './compose/address-list.js'
import { startAlerts } from './compose/alert-parts.js'
import { brokerOptions } from './compose/broker-options.js'
import { EventStream } from './compose/event-stream.js'
import { factsOf } from './compose/facts.js'
import { greetings } from './compose/greetings.js'
import { closeSoon, listen, readTls, refuseOpenDoor } from './compose/http-server.js'
import { keepAudit } from './compose/keep-audit.js'
import { openLead } from './compose/lead.js'
import { openAccess } from './compose/open-access.js'
import { openDatabase } from './compose/open-database.js'
import { queuePartsOf } from './compose/queue-parts.js'
import { replicaNotices } from './compose/replica-notices.js'
import { openConfiguredBackend } from './compose/result-backend.js'
import { retentionOf, retentionViewOf } from './compose/retention.js'
import { startRollup } from './compose/rollup-parts.js'
import { rowWriter } from './compose/row-writer.js'
import { openSchedules } from './compose/schedules.js'
import { StartedParts } from './compose/started-parts.js'
import { startWorkerParts } from './compose/worker-parts.js'
import { BadConfig, type Config } from './config.js'
import { Greeter } from './fleet/greeter.js'
import { WorkerStream } from './fleet/worker-stream.js'
import { Workers } from './fleet/workers.js'
import { buildApp } from './http/app.js'
import { Metrics } from './metrics/metrics.js'
import { GapWatch } from './reconcile/gap-watch.js'
import { GapStore } from './reconcile/gaps.js'
import { Reconciler } from './reconcile/reconciler.js'
import { Schedule } from './reconcile/schedule.js'
import { BatchStore } from './stops/batches.js'
import { StopEngine } from './stops/engine.js'
import { StopStore } from './stops/store.js'
import { happeningsOf } from './tasks/happenings.js'
import { Ingest } from './tasks/ingest.js'
import { LiveFeed } from './tasks/live-feed.js'
import { ownerReader } from './tasks/ownership.js'
import { ProgressWatch } from './tasks/progress-watch.js'
import type { TaskRecord } from './tasks/record.js'
import { TaskStore } from './tasks/store.js'
import { taskTypes } from './tasks/task-types.js'
import { ViewStore } from './views/store.js'

/** A running Crisper. */
export interface Crisper {
  /** Such as `http://127.0.0.1:8722`. */
  readonly url: string
  /** Ends: what has arrived is written, then everything that was started is stopped. Resolves to whether all went well. */
  stop(): Promise<boolean>
}

/**
 * Builds the parts from the configuration and starts them: database, broker, ingest, stops, HTTP. The one place that
 * knows them all. The broker may be away: history is served meanwhile, and the connection is tried for ever.
 */
export async function startCrisper(config: Config, log: FastifyBaseLogger): Promise<Crisper> {
  if (config.broker === null) {
    throw new BadConfig('broker: give --broker or CELERY_BROKER_URL, the URL that your Celery workers use')
  }
  const started = new StartedParts()
  const stop = () => started.end(log)
  try {
    // First what only reads the configuration: a wrong setting is told before anything is started.
    const types = taskTypes(config.task_types)
    const broker = openBroker(config.broker, brokerOptions(config))
    started.add('broker', () => broker.close())
    const backend = openConfiguredBackend(config)
    started.add('result backend', () => backend.close())
    const ownerOf = ownerReader(config.owner_paths, config.owner_paths.by_task)
    const reading = { ownerOf, redactor: config.redaction }
    // A wrong one would only fail at the first request.
    addressList(config.trusted_proxies)
    const tls = config.tls && readTls(config.tls)
    const database = await openDatabase(config, log, started)
    const access = openAccess(config, database.db, log)
    await refuseOpenDoor(config.host, access)
    const { leadership, led } = await openLead(database, log, started)
    const rollup = startRollup({ database, log, started, led })
    if (config.access.audit_days !== null)
      led.add('audit', keepAudit(access.audit, config.access.audit_days, log))
    const workers = new Workers()
    const live = new LiveFeed(database.db, log)
    started.add('live feed', () => live.stop())
    const tell = replicaNotices(database.address, {
      ...{ live, workers, stops: () => stops },
      reconcile: () => reconciling.onAsked(),
    })
    started.add('notices', () => tell.stop())
    const tasks = new TaskStore({
      types,
      ...rowWriter(config, database, { types, live, log, started, led }),
      onApplied: (applied) => {
        live.onApplied(applied)
        tell.tasks(applied.map(({ job }) => job.taskId))
      },
    })
    const metrics = new Metrics()
    const stopStore = new StopStore(database.db, {
      onChanged: (changed) => metrics.onStopsChanged(changed),
      onWritten: tell.stops,
    })
    const leads = () => leadership.leads
    const stops: StopEngine = new StopEngine({
      broker,
      backend,
      tasks,
      stops: stopStore,
      batches: new BatchStore(database.db, tell.stops),
      workers,
      log,
      leads,
      handOver: tell.stopsToFollow,
      tellBatches: tell.batches,
      factsOf: (taskIds) => factsOf(database.db, backend, taskIds),
    })
    const greeter = new Greeter(
      greetings({ broker, workers, stops, enable: config.enable_events, leadership }),
      (worker, error) => log.warn({ err: error, worker }, 'a worker could not be greeted'),
    )
    const queueParts = queuePartsOf({ broker, workers, database, tasks, reading, config, leadership, log })
    const { queues, history, waitingTasks, purges, purgeUpkeep } = queueParts
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
      onWorkerEvent: (event) => workers.onLateGoodbye(event),
      onTaskEvent: ({ type, hostname, arrivedAt }) => {
        if (type !== 'task-received' && type !== 'task-started') return
        workers.onTookTask([hostname], arrivedAt)
        tell.workersAtWork([hostname])
      },
    })
    const workerStream = new WorkerStream((event, clockSkew) => {
      workers.onEvent(event, clockSkew)
      greeter.onWorkerEvent(event)
    })
    broker.onStatus(({ state }) => {
      if (state !== 'connected') workers.onListening(false)
    })
    const workerParts = await startWorkerParts({ broker, workers, db: database.db, log, started, led })
    const apply = async (records: readonly TaskRecord[]) => stops.onApplied(await tasks.apply(records))
    const progress = new ProgressWatch({
      db: database.db,
      backend,
      find: (taskIds) => tasks.findMany(taskIds),
      apply,
      log,
    })
    const reconciler = new Reconciler({
      db: database.db,
      broker,
      backend,
      workers,
      apply,
      log,
      isBehind: () => ingest.isBehind,
      mayLose: leads,
      failLostAfter: config.reconcile.fail_lost_after,
    })
    const gaps = new GapStore(database.db)
    const schedules = openSchedules({ broker, workers, database, gaps, config, started })
    const retention = retentionOf({
      config,
      database,
      log,
      onEnded: (run) => metrics.onRetentionEnded(run),
    })
    const retentionView = retentionViewOf({ config, database, retention, rollup })
    const abort = new AbortController()
    const reconciling: Schedule = new Schedule({
      ...{ reconciler, workers, gaps, log, interval: config.reconcile.interval },
      askLeader: () => tell.reconcile(['run']),
    })
    const gapWatch = new GapWatch({
      gaps,
      broker,
      ingest,
      log,
      signal: abort.signal,
      onMissed: (since) => reconciler.missedSince(since),
    })
    const version = packageVersion()
    metrics.watch({ version, ingest, broker, queues, workers, live, leadership })
    // Before what is open is read, so that nothing is missed.
    await tell.start()
    await stops.start()
    started.add('stops', () => stops.stop())
    // Before the first connection, so that no worker starts in between.
    await broker.shareRevoked(() => stops.openTaskIds)
    await broker.listenToWorkers(workerStream.take)

    const alertDesk = startAlerts({
      settings: config.alerts,
      database,
      broker,
      queues,
      workers,
      log,
      started,
      led,
    })
    const onConnected = async () => {
      workers.onListening(true)
      // What became of the open stops is looked at before they are sent again: a finished task must not be revoked.
      await led.settled()
      await greeter.everybody()
      reconciling.connected()
    }
    const stream = new EventStream({
      ...{ broker, ingest, gapWatch, leadership, log, onConnected },
      handOver: tell.handOver,
      signal: abort.signal,
    })
    const app = await buildApp(
      {
        version,
        db: database.db,
        jobsTable: database.table,
        rollup,
        broker,
        backend,
        types,
        redactor: config.redaction,
        tasks,
        live,
        ingest,
        leadership,
        readsEvents: () => stream.isReader && !ingest.standsBy,
        stops,
        stopStore,
        escalateAfter: config.escalate_after,
        views: new ViewStore(database.db, log),
        workers,
        reconciling,
        gaps,
        ...workerParts,
        metrics,
        ...queueParts,
        alertDesk,
        schedules,
        retention,
        retentionView,
        basePath: config.base_path,
        access,
      },
      { log, trustedProxies: config.trusted_proxies, corsOrigins: config.access.cors_origins, tls },
    )
    await listen(app, config)
    started.add('HTTP', () => closeSoon(app))

    for (const [name, part] of Object.entries({ history, retention })) {
      part.start()
      started.add(name, () => part.stop())
    }
    started.add('purges', () => purges.stop())
    const onlyWhereLed = { stops: stops.upkeep, reconciling, waitingTasks, purgeUpkeep, progress }
    for (const [name, part] of Object.entries(onlyWhereLed)) led.add(name, part)
    await led.begin()
    stream.start()
    started.add('event stream', async () => {
      abort.abort()
      await led.end()
      await stream.stop()
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

function packageVersion(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown'
}
