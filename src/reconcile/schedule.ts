import type { Workers } from '../fleet/workers.js'
import type { Log } from '../tasks/log.js'
import type { GapStore } from './gaps.js'
import type { Reconciler } from './reconciler.js'
import type { Report } from './report.js'
import { secondLookS } from './suspects.js'

interface Parts {
  readonly reconciler: Reconciler
  readonly workers: Workers
  readonly gaps: GapStore
  readonly log: Log
  /** Seconds between two runs; 0: only when there is a reason. */
  readonly interval: number
  /** Between `stop` and `start` another Crisper reconciles: it is told when somebody asks for it here. */
  readonly askLeader: () => void
}

/** Milliseconds between two looks at who is online. */
const lookMs = 2000
/** After a connection workers come back one by one, and the tasks that they had end without a word: runs are closer. */
const eagerMs = 120_000
const eagerPauseMs = 10_000
/** Milliseconds until workers that gave no answer are asked again. */
const unansweredPauseMs = 30_000
/** Milliseconds between runs where one was not enough for all. */
const morePauseMs = 1000

/**
 * When reconciling runs by itself: after connections, when workers are gone, for second looks, and at intervals; between
 * `start` and `stop`. When it is asked to, it runs at any time.
 */
export class Schedule {
  readonly #parts: Parts
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #look: NodeJS.Timeout | undefined
  #eagerUntil = 0
  #online = new Set<string>()
  #stopped = true
  #running: Promise<Report> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#stopped = false
    this.#look = setInterval(() => this.#watchWorkers(), lookMs)
    this.#runIn(eagerPauseMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#look)
    clearTimeout(this.#timer)
    this.#dueAt = Number.POSITIVE_INFINITY
    await this.#parts.reconciler.stop()
  }

  /** The broker is there, for the first time or again. */
  connected(): void {
    this.#eagerUntil = Date.now() + eagerMs
    this.#runIn(0)
  }

  /** Another Crisper was asked to run. */
  onAsked(): void {
    this.#runIn(0)
  }

  /** Runs now and credits what was repaired to the latest gap, once; joins a run that is under way. */
  run(): Promise<Report> {
    if (this.#stopped) this.#parts.askLeader()
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<Report> {
    const report = await this.#parts.reconciler.run()
    const healed = Object.values(report.healed).reduce((sum, n) => sum + n, 0)
    await this.#parts.gaps.credit({ healed, added: report.added, lost: report.lost })
    this.#planNext(report)
    return report
  }

  #watchWorkers(): void {
    const now = new Set(this.#parts.workers.online().map(({ name }) => name))
    const isOneGone = [...this.#online].some((name) => !now.has(name))
    this.#online = now
    if (isOneGone) this.#runIn(0)
  }

  #planNext({ suspected, unanswered, more }: Report): void {
    const { interval } = this.#parts
    if (suspected > 0) this.#runIn((secondLookS + 1) * 1000)
    if (unanswered > 0) this.#runIn(unansweredPauseMs)
    if (more) this.#runIn(morePauseMs)
    if (Date.now() < this.#eagerUntil) this.#runIn(eagerPauseMs)
    if (interval > 0) this.#runIn(interval * 1000)
  }

  /** Unless one is planned before. */
  #runIn(ms: number): void {
    const at = Date.now() + ms
    if (this.#stopped || at >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = at
    this.#timer = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY
      this.run().catch((error) => {
        if (this.#stopped) return
        this.#parts.log.warn({ err: error }, 'reconciling failed; it is tried again')
        this.#runIn(eagerPauseMs)
      })
    }, ms)
  }
}
