import type { Kysely } from 'kysely'
import type { Broker } from '../celery/broker.js'
import type { ResultBackend, TaskMeta } from '../celery/results/backend.js'
import { isTransient } from '../db/connect.js'
import type { Database } from '../db/schema.js'
import type { Workers } from '../fleet/workers.js'
import { applySparing } from '../tasks/apply-sparing.js'
import { isFinished, type JobState } from '../tasks/job.js'
import type { Log } from '../tasks/log.js'
import type { TaskRecord } from '../tasks/record.js'
import { recordOfRunning } from '../tasks/record-of-evidence.js'
import type { Position } from '../tasks/rows-in-state.js'
import { type Candidate, candidatesOf, inState, lostTasks, sliceSize } from './candidates.js'
import { judge, type Verdict } from './judge.js'
import { type Absent, Losses } from './losses.js'
import { Counts, type Report } from './report.js'
import { UnknownTasks } from './unknown-tasks.js'
import { type Holders, nobody, type Presence, Whereabouts } from './whereabouts.js'

export interface ReconcilerParts {
  readonly db: Kysely<Database>
  readonly broker: Broker
  readonly backend: ResultBackend
  readonly workers: Workers
  /** Writes what was learned, and tells those whom it concerns. */
  readonly apply: (records: readonly TaskRecord[]) => Promise<void>
  readonly log: Log
  /** Whether events that have arrived wait to be written: then nothing is concluded from silence. */
  readonly isBehind: () => boolean
  /** Whether a task may be called lost here: of several Crispers the one that leads takes both looks. */
  readonly mayLose: () => boolean
  /** Seconds for which a task is lost before it is given up; null: never. */
  readonly failLostAfter: number | null
}

/** A task that is with a worker, as its row says, and one whose message waits in the broker. */
const heldStates = ['STARTED', 'PROGRESS', 'RECEIVED'] as const
const waitingStates = ['RETRY', 'SENT', 'PENDING'] as const
/** Slices of one state that a run looks at. */
const mostSlices = 20
/** Seconds without a word of a task after which it is looked at. */
const freshS = 5

/**
 * Compares unfinished tasks with what Celery knows: its result backend and its workers. What differs is told to the
 * record of the task, where it joins with the events; what nobody has, in two looks, counts as lost.
 *
 * Events get lost on every broker. Redis forgets what nobody hears; and a worker that loses its connection sends what it
 * has to say of the tasks that it had then into the closed one (`celery.worker.strategy` binds each request to the
 * event dispatcher of its time).
 */
export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #losses: Losses
  readonly #unknown: UnknownTasks
  #abort = new AbortController()
  /** Where the next run goes on in each state of which there were too many for one. */
  readonly #positions = new Map<JobState, Position>()
  #running: Promise<Report> | undefined

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
    const { db, backend, failLostAfter } = parts
    this.#unknown = new UnknownTasks({ db, backend, apply: (records) => this.#apply(records) })
    this.#losses = new Losses({ failLostAfter, readsResults: backend.why === null })
  }

  /** Runs now; joins a run that is under way. Rejects where the database is away. */
  run(): Promise<Report> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Events since then (epoch seconds) may be missing, so the next run looks for tasks that nobody heard of. */
  missedSince(at: number): void {
    this.#unknown.lookSince(at)
  }

  /** Ends a run that is under way after its slice. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running?.catch(() => undefined)
    this.#abort = new AbortController()
  }

  async #run(): Promise<Report> {
    const counts = new Counts()
    const { backend, log } = this.#parts
    if (backend.why !== null) counts.problem(`results can't be read: ${backend.why}`)
    const look = await this.#look(counts)
    if (look !== undefined) await this.#addRunning(look, counts)
    for (const state of [...heldStates, ...waitingStates]) await this.#checkState(state, look, counts)
    await this.#checkLost(look, counts)
    await this.#addUnknown(counts)
    const report = counts.report()
    const { lost, foundAgain, added, healed } = report
    if (lost + foundAgain + added > 0 || Object.keys(healed).length > 0) {
      log.info({ ...report }, 'reconciled with what Celery knows')
    }
    return report
  }

  async #look(counts: Counts): Promise<Whereabouts | undefined> {
    try {
      const { broker, workers } = this.#parts
      const look = await Whereabouts.ask({ broker, workers, signal: this.#abort.signal })
      counts.silentWorkers = look.unanswered
      return look
    } catch (error) {
      counts.problem(`the workers could not be asked: ${textOf(error)}`)
      return undefined
    }
  }

  /** Tasks that run and of which nobody had heard. */
  async #addRunning({ running }: Whereabouts, counts: Counts): Promise<void> {
    const now = Date.now() / 1000
    const long = [...running.values()].filter(
      ({ timeStart }) => timeStart !== null && now - timeStart > freshS,
    )
    for (let at = 0; at < long.length && !this.#abort.signal.aborted; at += sliceSize) {
      const slice = long.slice(at, at + sliceSize)
      const known = await candidatesOf(
        this.#parts.db,
        slice.map(({ id }) => id),
      )
      const news = slice
        .filter(({ id }) => !known.has(id))
        .map((task) => recordOfRunning(task, task.timeStart ?? now))
      await this.#apply(news)
      counts.added += news.length
    }
  }

  async #checkState(state: JobState, look: Whereabouts | undefined, counts: Counts): Promise<void> {
    let position = this.#positions.get(state)
    this.#positions.delete(state)
    for (let n = 0; n < mostSlices; n += 1) {
      if (this.#abort.signal.aborted) return
      const { tasks, next } = await inState(this.#parts.db, state, position)
      await this.#check(tasks, look, counts)
      position = next
      if (next === undefined) return
    }
    if (position === undefined) return
    this.#positions.set(state, position)
    counts.more = true
  }

  /** Those that are lost and whose rows are finished: given up here, or ended by the application. */
  async #checkLost(look: Whereabouts | undefined, counts: Counts): Promise<void> {
    let position: Position | undefined
    for (let n = 0; n < mostSlices && !this.#abort.signal.aborted; n += 1) {
      const { tasks, next } = await lostTasks(this.#parts.db, position)
      await this.#check(
        tasks.filter(({ state }) => isFinished(state)),
        look,
        counts,
      )
      const givenUp = this.#losses.givenUp(tasks, Date.now() / 1000)
      await this.#apply(givenUp)
      counts.givenUp += givenUp.length
      if (next === undefined) return
      position = next
    }
  }

  async #check(tasks: readonly Candidate[], look: Whereabouts | undefined, counts: Counts): Promise<void> {
    const quiet = tasks.filter(({ heardAt }) => Date.now() / 1000 - heardAt > freshS)
    if (quiet.length === 0) return
    counts.checked += quiet.length
    // The workers first: what one of them has just ended is in the backend by the time that is asked.
    const holders = await this.#holders(quiet, look, counts)
    const metas = await this.#metas(quiet, counts)
    // What ended their waiting early is no answer.
    if (this.#abort.signal.aborted) return
    const now = Date.now() / 1000
    const verdicts = quiet.map((task) => {
      const evidence = {
        meta: metas?.get(task.taskId),
        holder: look?.running.get(task.taskId) ?? holders.tasks.get(task.taskId),
        presence: presenceOf(task, look, holders, now),
        allAnswered: look !== undefined && look.unanswered.length === 0,
        now,
      }
      return { task, verdict: judge(task, evidence) }
    })
    await this.#carryOut(verdicts, look, metas, counts)
  }

  async #holders(
    tasks: readonly Candidate[],
    look: Whereabouts | undefined,
    counts: Counts,
  ): Promise<Holders> {
    if (look === undefined) return nobody
    const unseen = tasks
      .filter(({ taskId, state }) => isHeld(state) && !look.running.has(taskId))
      .map(({ taskId }) => taskId)
    return await look.holders(unseen).catch((error) => {
      counts.problem(`the workers could not be asked: ${textOf(error)}`)
      return nobody
    })
  }

  /** undefined where the result backend does not answer. */
  async #metas(
    tasks: readonly Candidate[],
    counts: Counts,
  ): Promise<ReadonlyMap<string, TaskMeta> | undefined> {
    try {
      return await this.#parts.backend.get(tasks.map(({ taskId }) => taskId))
    } catch (error) {
      counts.problem(textOf(error))
      return undefined
    }
  }

  async #carryOut(
    verdicts: readonly { task: Candidate; verdict: Verdict }[],
    look: Whereabouts | undefined,
    metas: ReadonlyMap<string, TaskMeta> | undefined,
    counts: Counts,
  ): Promise<void> {
    const news: TaskRecord[] = []
    const absent: Absent[] = []
    for (const { task, verdict } of verdicts) {
      if (verdict.kind === 'absent') absent.push({ task, why: verdict.why })
      else this.#losses.clear(task.taskId)
      if (verdict.kind === 'unanswered') counts.unanswered += 1
      if (verdict.kind === 'found') counts.foundAgain += 1
      if (verdict.kind === 'healed' && verdict.news.state !== undefined)
        counts.healed(verdict.news.state.state)
      if (verdict.kind === 'healed' || verdict.kind === 'found') news.push(verdict.news)
    }
    // It may have ended: who could tell does not answer.
    if (metas === undefined) counts.unanswered += absent.length
    else if (look !== undefined && this.#parts.mayLose() && !this.#parts.isBehind()) {
      news.push(...(await this.#losses.confirm(absent, look, metas, counts)))
    }
    await this.#apply(news)
  }

  async #apply(records: readonly TaskRecord[]): Promise<void> {
    const { apply, log } = this.#parts
    await applySparing(records, {
      apply,
      passOn: isTransient,
      onRefused: ({ taskId }, error) =>
        log.error({ err: error, taskId }, 'skipped a task that the database refuses'),
    })
  }

  async #addUnknown(counts: Counts): Promise<void> {
    // Most of what it would find is about to be written.
    if (this.#parts.isBehind()) {
      counts.more = true
      return
    }
    try {
      const { added, more } = await this.#unknown.goOn(this.#abort.signal)
      counts.added += added
      counts.more ||= more
    } catch (error) {
      counts.problem(textOf(error))
    }
  }
}

/** Of the worker that had it last. One that did not answer for this task says nothing of it. */
function presenceOf(
  { worker, state }: Candidate,
  look: Whereabouts | undefined,
  { answered }: Holders,
  now: number,
): Presence | null {
  if (worker === null) return null
  const presence = look?.presenceOf(worker, now) ?? { kind: 'silent' }
  return presence.kind === 'answers' && isHeld(state) && !answered.has(worker) ? { kind: 'silent' } : presence
}

function isHeld(state: JobState): boolean {
  return heldStates.some((each) => each === state)
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
