import { mergeContexts } from './context.js'
import { compareDated, compareText, greater, least, most } from './joins.js'
import type {
  Description,
  LostMark,
  Progress,
  PurgeMark,
  StateRegister,
  StopMark,
  TaskRecord,
  Told,
} from './record.js'
import { mergeTimelines } from './timeline.js'

/**
 * Joins what two sets of events tell about one task. Commutative, associative and idempotent: proved by the property
 * test in test/tasks/merge.property.test.ts; the rules are explained in docs/architecture.md, "Merging".
 */
export function mergeRecords(a: TaskRecord, b: TaskRecord): TaskRecord {
  return {
    taskId: a.taskId,
    firstSeenAt: Math.min(a.firstSeenAt, b.firstSeenAt),
    state: greater(a.state, b.state, compareStates),
    sent: greater(a.sent, b.sent, compareDated<Description>),
    sentAt: least(a.sentAt, b.sentAt),
    received: greater(a.received, b.received, compareDated<Description>),
    queued: greater(a.queued, b.queued, (one, other) => compareDated<Description>(other, one)),
    firstStartedAt: least(a.firstStartedAt, b.firstStartedAt),
    lastStartedAt: most(a.lastStartedAt, b.lastStartedAt),
    progress: greater(a.progress, b.progress, compareDated<Progress>),
    context: mergeContexts(a.context, b.context),
    survivedAt: most(a.survivedAt, b.survivedAt),
    stop: greater(a.stop, b.stop, compareDated<StopMark>),
    told: greater(a.told, b.told, compareDated<Told>),
    lost: greater(a.lost, b.lost, compareDated<LostMark>),
    foundAt: most(a.foundAt, b.foundAt),
    purge: greater(a.purge, b.purge, compareDated<PurgeMark>),
    timeline: mergeTimelines(a.timeline, b.timeline),
  }
}

/**
 * Which of two state-bearing events wins: worker over publisher, then time plus head start, then phase. The rest only
 * breaks exact ties the same way whatever the order of arrival.
 */
function compareStates(a: StateRegister, b: StateRegister): number {
  return (
    Number(a.fromWorker) - Number(b.fromWorker) || a.rank - b.rank || a.phase - b.phase || compareText(a, b)
  )
}
