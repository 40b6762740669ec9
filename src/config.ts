import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { accessSettings } from './access/settings.js'
import { alertSettings } from './alerts/settings.js'
import { defaultBrokerOptions } from './celery/broker.js'
import { maskUrl, parseBrokerUrl } from './celery/broker-url.js'
import { BadPattern } from './redaction/patterns.js'
import { type RedactionOptions, type Redactor, redactorOf } from './redaction/redactor.js'
import { retentionSettings } from './retention/settings.js'
import { defaultOwnerPaths } from './tasks/ownership.js'
import { builtInTaskTypes } from './tasks/task-types.js'

/** A setting that can't be used. The message names it, says what it takes, and holds no password. */
export class BadConfig extends Error {
  override readonly name = 'BadConfig'
}

const portTakes = 'takes a port number from 0 (a free one) to 65535'
const paths = z.array(z.string())
const patterns = {
  names: z.array(z.string()).optional(),
  prefixes: z.array(z.string().endsWith('.', 'ends in a dot')).optional(),
}
const taskType = z.strictObject({
  value: z.string().min(1).max(64),
  display: z.string().optional(),
  ...patterns,
})

const ownerPathsOfTasks = z.strictObject({
  ...patterns,
  company: paths.optional(),
  tenant: paths.optional(),
  user: paths.optional(),
})

/** What `crisper.yaml` may hold; docs/configuration.md explains each. */
const settings = z.strictObject({
  broker: z.string().nullable().default(null),
  result_backend: z.string().nullable().default(null),
  database: z.string().nullable().default(null),
  /** The application's table of jobs, as `core_job` or `schema.core_job`; without it Crisper keeps its own. */
  jobs_table: z.string().min(1).nullable().default(null),
  data_dir: z.string().default(defaultDataDir),
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number(portTakes).int(portTakes).min(0, portTakes).max(65535, portTakes).default(8722),
  base_path: z
    .string()
    .regex(/^(\/[\w.~-]+)*\/?$/, 'is a path such as /crisper')
    .transform((path) => path.replace(/\/$/, ''))
    .default(''),
  /** Proxies whose X-Forwarded-* headers are believed: addresses or networks. */
  trusted_proxies: z.array(z.string()).default([]),
  access: accessSettings,
  /** Nothing can be changed through the API, by nobody. */
  read_only: z.boolean().default(false),
  /** PEM files; without them plain HTTP. */
  tls: z.strictObject({ cert: z.string(), key: z.string() }).nullable().default(null),
  enable_events: z.boolean().default(true),
  /** Seconds that a hard stop gives a running task before SIGKILL, where the request does not say. */
  escalate_after: z.number().min(0).nullable().default(null),
  /** Comparing what is unfinished with what Celery knows, and what becomes of lost tasks. Seconds. */
  reconcile: z
    .strictObject({
      interval: z.number('takes a number of seconds').min(0, 'takes seconds from 0').max(86_400).default(60),
      fail_lost_after: z
        .number('takes a number of seconds')
        .min(0, 'takes seconds from 0')
        .nullable()
        .default(null),
    })
    .prefault({}),
  alerts: alertSettings,
  retention: retentionSettings,
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  broker_options: z
    .strictObject({
      global_keyprefix: z.string().default(defaultBrokerOptions.globalKeyprefix),
      fanout_prefix: z.union([z.boolean(), z.string()]).default(defaultBrokerOptions.fanoutPrefix),
      fanout_patterns: z.boolean().default(defaultBrokerOptions.fanoutPatterns),
      priority_steps: z
        .array(z.number().int().min(0))
        .min(1)
        .default([...defaultBrokerOptions.prioritySteps]),
      sep: z.string().default(defaultBrokerOptions.sep),
      event_exchange: z.string().default(defaultBrokerOptions.eventExchange),
      control_exchange: z.string().default(defaultBrokerOptions.controlExchange),
      event_queue: z.string().default(defaultBrokerOptions.eventQueue),
      /** RabbitMQ's management plugin, as `http://USER:PASSWORD@HOST:15672`. */
      management_url: z.string().nullable().default(null),
      master_name: z.string().default(defaultBrokerOptions.masterName),
      sentinel_password: z.string().nullable().default(null),
    })
    .prefault({}),
  result_keyprefix: z.string().default(''),
  /** For `django-db`: the database of the Django application. */
  result_database: z.string().nullable().default(null),
  /** After `database_table_names` and `database_table_schemas` of Celery's SQL backend. */
  result_tables: z
    .strictObject({
      task: z.string().min(1).nullable().default(null),
      schema: z.string().min(1).nullable().default(null),
    })
    .prefault({}),
  /** Tasks of which no event told are found by reading what waits in the queues (Redis). */
  waiting_tasks: z
    .strictObject({
      /** Seconds between two looks; 0 turns it off. */
      every: z.number().min(0).default(10),
      /** Messages read at one look at most. */
      most: z.number().int().min(1).default(10_000),
    })
    .prefault({}),
  /** Where company, tenant and user stand in a task's arguments. */
  owner_paths: z
    .strictObject({
      company: paths.default([...defaultOwnerPaths.company]),
      tenant: paths.default([...defaultOwnerPaths.tenant]),
      user: paths.default([...defaultOwnerPaths.user]),
      by_task: z.array(ownerPathsOfTasks).default([]),
    })
    .prefault({}),
  /** Task types: added to the built-in ones, or instead of them. */
  task_types: z
    .strictObject({
      replace: z.boolean().default(false),
      types: z.array(taskType).default([]),
    })
    .prefault({})
    .transform(({ replace, types }) => (replace ? types : [...builtInTaskTypes, ...types])),
  /** What is taken out of what tasks carry before it is stored or shown. */
  redaction: z
    .strictObject({
      enabled: z.boolean().default(true),
      replace: z.boolean().default(false),
      keys: z.array(z.string().regex(/[\p{L}\p{N}]/u, 'is a key such as api_key')).default([]),
      patterns: z.array(z.string().min(1)).default([]),
    })
    .prefault({})
    .transform(checkedRedactor),
})

export type Config = z.infer<typeof settings>

/** Flags of the command line; undefined where not given. Names are those of the file. */
export type Flags = Partial<
  Record<
    | 'broker'
    | 'result_backend'
    | 'result_database'
    | 'database'
    | 'jobs_table'
    | 'data_dir'
    | 'host'
    | 'base_path',
    string
  >
> & {
  readonly port?: number
  readonly enable_events?: boolean
  readonly read_only?: boolean
  readonly tls?: { readonly cert?: string; readonly key?: string }
  readonly trusted_proxies?: readonly string[]
  readonly config?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Flags over environment over file over defaults. Throws BadConfig. */
export function loadConfig(flags: Flags, env: Environment): Config {
  const { config: file = env.CRISPER_CONFIG, ...given } = flags
  const merged = {
    ...readFile(file),
    ...dropUndefined({
      broker: env.CELERY_BROKER_URL,
      result_backend: env.CELERY_RESULT_BACKEND,
      result_database: env.CRISPER_RESULT_DATABASE,
      database: env.DATABASE_URL,
      jobs_table: env.CRISPER_JOBS_TABLE,
      data_dir: env.CRISPER_DATA_DIR,
      host: env.CRISPER_HOST,
      port: env.CRISPER_PORT,
      base_path: env.CRISPER_BASE_PATH,
      log_level: env.CRISPER_LOG_LEVEL,
    }),
    ...dropUndefined(given),
  }
  const parsed = settings.safeParse(merged)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new BadConfig(`${issue?.path.join('.') || 'configuration'}: ${issue?.message}`)
  }
  checkDatabase(parsed.data.database)
  if (parsed.data.jobs_table !== null && parsed.data.database === null) {
    throw new BadConfig(
      "jobs_table: it stands in your application's database: give that with --database or DATABASE_URL",
    )
  }
  if (parsed.data.broker !== null) parseBrokerUrl(parsed.data.broker)
  checkManagement(parsed.data)
  return parsed.data
}

function readFile(file: string | undefined): object {
  if (file === undefined) return {}
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new BadConfig(`the configuration file ${file} can't be read: ${(error as Error).message}`)
  }
  const parsed = z.record(z.string(), z.unknown()).nullable().safeParse(parseYaml(text, file))
  if (!parsed.success) throw new BadConfig(`${file} holds no settings: write it as "name: value" lines`)
  return parsed.data ?? {}
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    throw new BadConfig(`${file} is no valid YAML: ${(error as Error).message}`)
  }
}

function checkedRedactor(options: RedactionOptions, context: z.RefinementCtx): Redactor {
  try {
    return redactorOf(options)
  } catch (error) {
    if (!(error instanceof BadPattern)) throw error
    context.addIssue({ code: 'custom', message: error.message, path: ['patterns'] })
    return z.NEVER
  }
}

function checkDatabase(url: string | null): void {
  if (url !== null && !/^postgres(ql)?:\/\//.test(url)) {
    throw new BadConfig(
      `database: ${maskUrl(url)} is no PostgreSQL URL: write it like postgres://USER:PASSWORD@HOST:5432/NAME`,
    )
  }
}

function checkManagement({ broker, broker_options: { management_url: url } }: Config): void {
  if (url === null) return
  const name = 'broker_options.management_url'
  if (!isHttpUrl(url)) {
    throw new BadConfig(
      `${name}: ${maskUrl(url)} is no address: write it like http://USER:PASSWORD@HOST:15672`,
    )
  }
  const kind = broker === null ? 'amqp' : parseBrokerUrl(broker)[0]?.kind
  if (kind !== 'amqp') throw new BadConfig(`${name}: it is RabbitMQ's, and the broker is Redis: leave it out`)
}

function isHttpUrl(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text)
    // Throws where a % stands alone.
    decodeURIComponent(username + password)
    return /^https?:$/.test(protocol)
  } catch {
    return false
  }
}

function defaultDataDir(): string {
  if (process.getuid?.() === 0) return '/var/lib/crisper/data'
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'crisper')
}

function dropUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''))
}
