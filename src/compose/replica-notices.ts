import type { DatabaseAddress } from '../db/connect.js'
import { Notices } from '../db/notices.js'
import type { Workers } from '../fleet/workers.js'
import type { StopEngine } from '../stops/engine.js'
import type { LiveFeed } from '../tasks/live-feed.js'
import { HandOver } from './hand-over.js'

/** What is told to the other Crispers on this database, and who listens to them here. */
export function replicaNotices(
  address: DatabaseAddress,
  parts: { live: LiveFeed; workers: Workers; stops: () => StopEngine; reconcile: () => void },
) {
  const { live, workers, stops, reconcile } = parts
  const notices = new Notices(address)
  const handOver: HandOver = new HandOver(async (words) => {
    tellReaders(words)
    await notices.flush()
  })
  const tellReaders = notices.topic({
    name: 'readers',
    gatherMs: 0,
    most: 10,
    onHeard: (words) => handOver.onHeard(words),
    onMany: () => undefined,
  })
  // Callers wait for the outcome of a stop, and whoever hears the next event must know of it.
  const soon = { gatherMs: 20, most: 1000 }
  return {
    handOver,
    start: () => notices.start(),
    stop: () => notices.stop(),
    tasks: notices.topic({
      name: 'tasks',
      gatherMs: 100,
      most: 500,
      onHeard: (taskIds) => live.touch(taskIds),
      onMany: () => live.touchMany(),
    }),
    stops: notices.topic({
      ...soon,
      name: 'stops',
      onHeard: (ids) => stops().onChangedElsewhere(ids),
      onMany: () => stops().onManyElsewhere(),
    }),
    stopsToFollow: notices.topic({
      ...soon,
      name: 'stops_to_follow',
      onHeard: (ids) => stops().onHandedOver(ids),
      onMany: () => stops().onHandedOver(),
    }),
    batches: notices.topic({
      ...soon,
      name: 'batches',
      onHeard: () => stops().onBatchesElsewhere(),
      onMany: () => stops().onBatchesElsewhere(),
    }),
    reconcile: notices.topic({
      ...soon,
      name: 'reconcile',
      onHeard: reconcile,
      onMany: () => undefined,
    }),
    workersAtWork: notices.topic({
      name: 'workers_at_work',
      gatherMs: 2000,
      most: 5000,
      onHeard: (names) => workers.onTookTask(names, Date.now() / 1000),
      onMany: () => undefined,
    }),
  }
}
