import type { z } from 'zod'
import type {
  auditAnswer,
  newTokenAnswer,
  sessionAnswer,
  tokenListAnswer,
  userListAnswer,
} from '../../src/http/access-answers.js'
import type {
  alertListAnswer,
  deliveryAnswer,
  ruleAnswer,
  ruleListAnswer,
  ruleTestAnswer,
} from '../../src/http/alert-answers.js'
import type {
  countsAnswer,
  detailAnswer,
  listAnswer,
  liveAnswer,
  taskAnswer,
  typesAnswer,
} from '../../src/http/answers.js'
import type { overviewAnswer } from '../../src/http/overview-answer.js'
import type {
  messagesAnswer,
  purgeAnswer,
  purgePreviewAnswer,
  queueAnswer,
  queueDetailAnswer,
  queuesAnswer,
} from '../../src/http/queues-answer.js'
import type { gapsAnswer } from '../../src/http/reconcile-answer.js'
import type {
  retentionAnswer,
  retentionDryRunAnswer,
  retentionRunAnswer,
  storageAnswer,
} from '../../src/http/retention-answer.js'
import type { scheduleAnswer, schedulesAnswer } from '../../src/http/schedules-answer.js'
import type {
  batchAnswer,
  dryRunAnswer,
  previewAnswer,
  stopAnswer,
  stopListAnswer,
  stoppedAnswer,
} from '../../src/http/stop-answers.js'
import type { viewAnswer, viewListAnswer } from '../../src/http/view-answers.js'
import type { controlAnswer, workerAnswer, workersAnswer } from '../../src/http/worker-answers.js'

/** What the API answers: the very schemas from which the server makes its OpenAPI document. Types only. */
export type Task = z.output<typeof taskAnswer>
export type TaskPage = z.output<typeof listAnswer>
export type Counts = z.output<typeof countsAnswer>
export type TaskDetail = z.output<typeof detailAnswer>
export type KnownTask = Extract<TaskDetail, { in_db: true }>
export type TaskTypes = z.output<typeof typesAnswer>
export type LiveTasks = z.output<typeof liveAnswer>
export type Stop = z.output<typeof stopAnswer>
export type StopPage = z.output<typeof stopListAnswer>
export type Stopped = z.output<typeof stoppedAnswer>
export type Preview = z.output<typeof previewAnswer>
export type Batch = z.output<typeof batchAnswer>
export type DryRun = z.output<typeof dryRunAnswer>
export type Workers = z.output<typeof workersAnswer>
export type Worker = Workers['workers'][number]
export type WorkerDetail = z.output<typeof workerAnswer>
export type ControlAnswer = z.output<typeof controlAnswer>
export type ControlResult = ControlAnswer['results'][number]
export type Queues = z.output<typeof queuesAnswer>
export type Queue = z.output<typeof queueAnswer>
export type QueueDetail = z.output<typeof queueDetailAnswer>
export type Messages = z.output<typeof messagesAnswer>
export type Message = Messages['messages'][number]
export type Purge = z.output<typeof purgeAnswer>
export type PurgePreview = z.output<typeof purgePreviewAnswer>
export type Retention = z.output<typeof retentionAnswer>
export type RetentionRun = z.output<typeof retentionRunAnswer>
export type RetentionDryRun = z.output<typeof retentionDryRunAnswer>
export type Storage = z.output<typeof storageAnswer>
export type Schedules = z.output<typeof schedulesAnswer>
export type Schedule = z.output<typeof scheduleAnswer>
export type View = z.output<typeof viewAnswer>
export type Views = z.output<typeof viewListAnswer>
export type Gaps = z.output<typeof gapsAnswer>
export type Overview = z.output<typeof overviewAnswer>
export type Session = z.output<typeof sessionAnswer>
export type Identity = NonNullable<Session['identity']>
export type Scope = Identity['scope']
export type Tokens = z.output<typeof tokenListAnswer>
export type Token = Tokens['tokens'][number]
export type NewToken = z.output<typeof newTokenAnswer>
export type Users = z.output<typeof userListAnswer>
export type User = Users['users'][number]
export type Audit = z.output<typeof auditAnswer>
export type AuditEntry = Audit['entries'][number]
export type Alerts = z.output<typeof alertListAnswer>
export type FiredAlert = Alerts['alerts'][number]
export type Rules = z.output<typeof ruleListAnswer>
export type Rule = z.output<typeof ruleAnswer>
export type Condition = Rule['condition']
export type AlertChannel = Rules['channels'][number]
export type Delivery = z.output<typeof deliveryAnswer>
export type RuleTest = z.output<typeof ruleTestAnswer>
