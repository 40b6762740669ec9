import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import type { Audit } from '../access/audit.js'
import type { Authenticator } from '../access/authenticator.js'
import type { OidcLogin } from '../access/oidc.js'
import type { Roles } from '../access/roles.js'
import type { SessionStore } from '../access/sessions.js'
import type { TokenStore } from '../access/tokens.js'
import type { UserStore } from '../access/users.js'
import type { AlertDesk } from '../alerts/desk.js'
import type { Broker } from '../celery/broker.js'
import type { ResultBackend } from '../celery/results/backend.js'
import type { JobsTable } from '../db/jobs-table/jobs-table.js'
import type { Leadership } from '../db/leadership.js'
import type { Database } from '../db/schema.js'
import type { WorkerInquiry } from '../fleet/inquiry.js'
import type { PurgeStore } from '../fleet/purge-store.js'
import type { Purges } from '../fleet/purges.js'
import type { QueueHistory } from '../fleet/queue-history.js'
import type { Queues } from '../fleet/queues.js'
import type { WaitingTasks } from '../fleet/waiting-tasks.js'
import type { WorkerControl } from '../fleet/worker-control.js'
import type { Workers } from '../fleet/workers.js'
import type { Metrics } from '../metrics/metrics.js'
import type { GapStore } from '../reconcile/gaps.js'
import type { Schedule } from '../reconcile/schedule.js'
import type { Redactor } from '../redaction/redactor.js'
import type { Retention } from '../retention/retention.js'
import type { RetentionView } from '../retention/view.js'
import type { Schedules } from '../schedules/schedules.js'
import type { StopEngine } from '../stops/engine.js'
import type { StopStore } from '../stops/store.js'
import type { Ingest } from '../tasks/ingest.js'
import type { LiveFeed } from '../tasks/live-feed.js'
import type { Rollup } from '../tasks/rollup/rollup.js'
import type { TaskStore } from '../tasks/store.js'
import type { TaskTypes } from '../tasks/task-types.js'
import type { ViewStore } from '../views/store.js'
import type { ProxyHeaders } from './access/proxy-headers.js'

/** What the routes are given. */
export interface Context {
  readonly version: string
  readonly db: Kysely<Database>
  readonly jobsTable: JobsTable
  readonly rollup: Rollup
  readonly broker: Broker
  readonly backend: ResultBackend
  readonly types: TaskTypes
  readonly redactor: Redactor
  readonly tasks: TaskStore
  readonly live: LiveFeed
  readonly ingest: Ingest
  readonly leadership: Leadership
  /** Whether the events of tasks are read here, or by another Crisper on this database. */
  readonly readsEvents: () => boolean
  readonly stops: StopEngine
  readonly stopStore: StopStore
  readonly views: ViewStore
  readonly workers: Workers
  readonly workerInquiry: WorkerInquiry
  readonly workerControl: WorkerControl
  readonly queues: Queues
  readonly reconciling: Schedule
  readonly gaps: GapStore
  readonly metrics: Metrics
  readonly history: QueueHistory
  readonly waitingTasks: WaitingTasks
  readonly purges: Purges
  readonly purgeStore: PurgeStore
  readonly alertDesk: AlertDesk
  readonly schedules: Schedules
  readonly retention: Retention
  readonly retentionView: RetentionView
  /** Seconds that hard stops give a running task before SIGKILL where they don't say; null: terminated at once. */
  readonly escalateAfter: number | null
  /** Put before every link that we write; '' or like `/crisper`. */
  readonly basePath: string
  readonly access: Access
}

/** Who may ask, and what they did. */
export interface Access {
  readonly authenticator: Authenticator
  readonly tokens: TokenStore
  readonly users: UserStore
  readonly sessions: SessionStore
  readonly roles: Roles
  readonly audit: Audit
  /** Nothing can be changed, by nobody. */
  readonly readOnly: boolean
  /** Calls that stop something, of one identity. */
  readonly stopsPerMinute: number
  /** The headers in which a proxy says who somebody is; null where none may. */
  readonly proxyHeaders: ProxyHeaders | null
  readonly oidc: OidcLogin | null
}

/** A Fastify instance whose schemas are zod's. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>
