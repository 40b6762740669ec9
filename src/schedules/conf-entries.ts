import { setTimeout as pause } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { type BeatSettings, beatSettings } from '../celery/beat/conf.js'
import type { BeatEntry } from '../celery/beat/entry.js'
import type { Broker } from '../celery/broker.js'
import type { Workers } from '../fleet/workers.js'

/** An entry that one or more workers have in their settings, all the same. */
export interface ConfEntry {
  readonly entry: BeatEntry
  readonly timezone: string | null
  /** By name. */
  readonly workers: readonly string[]
  /** When it was first told to us. */
  readonly knownSince: Date
}

export interface ConfReport {
  readonly entries: readonly ConfEntry[]
  /** When workers were last asked; null: none was online since Crisper started. */
  readonly askedAt: Date | null
  /** Online workers that have been asked. */
  readonly asked: number
  /** Those of them that have not answered. */
  readonly silent: readonly string[]
  /** Online workers that have not been asked yet, or never are, being so many. */
  readonly unasked: number
  /** Why they could not be asked. */
  readonly problem: string | null
}

interface Told {
  readonly askedAt: number
  /** What it told last; null: nothing yet. */
  readonly settings: BeatSettings | null
  readonly answered: boolean
}

/** Milliseconds that whoever looks waits at most. What comes later is there for the next look. */
const lookMs = 1_000
/** Milliseconds for a worker's answer. One on the solo pool gives none while it works. */
const answerMs = 5_000
/** Milliseconds between two questions to those that have been asked before. */
const freshMs = 30_000
/** Workers asked at once at most. */
const mostAtOnce = 100
/** Workers asked at all: those of one application have the same settings. */
const mostAsked = 1_000
const mostEntries = 10_000

/** Knows the schedules in the workers' settings: asks when somebody looks, and keeps what was told. */
export class ConfEntries {
  readonly #broker: Broker
  readonly #workers: Workers
  readonly #told = new LRUCache<string, Told>({ max: 2 * mostAsked })
  readonly #knownSince = new LRUCache<string, Date>({ max: mostEntries })
  #askedAt: Date | null = null
  #problem: string | null = null
  /** While a question is under way. */
  #asking: Promise<void> | undefined

  constructor(broker: Broker, workers: Workers) {
    this.#broker = broker
    this.#workers = workers
  }

  /** Within about a second, whatever the workers do. */
  async look(): Promise<ConfReport> {
    const online = this.#workers.online().map(({ name }) => name)
    this.#ask(online.slice(0, mostAsked))
    if (this.#asking !== undefined) await Promise.race([this.#asking, pause(lookMs)])
    const asked = online.filter((name) => this.#told.has(name))
    return {
      entries: this.#entries(online),
      askedAt: this.#askedAt,
      asked: asked.length,
      silent: asked.filter((name) => this.#told.peek(name)?.answered === false),
      unasked: online.length - asked.length,
      problem: this.#problem,
    }
  }

  /** Those that were never asked at once, the others now and then, those asked longest ago first. */
  #ask(names: readonly string[]): void {
    if (this.#asking !== undefined) return
    const isFresh = this.#askedAt !== null && Date.now() - this.#askedAt.getTime() < freshMs
    const due = isFresh ? names.filter((name) => !this.#told.has(name)) : names
    if (due.length === 0) return
    const askedAt = (name: string) => this.#told.peek(name)?.askedAt ?? 0
    const chosen = [...due].sort((one, other) => askedAt(one) - askedAt(other)).slice(0, mostAtOnce)
    this.#askedAt = new Date()
    this.#asking = this.#hear(chosen)
      .then(
        () => {
          this.#problem = null
        },
        (error: unknown) => {
          this.#problem = error instanceof Error ? error.message : String(error)
        },
      )
      .finally(() => {
        this.#asking = undefined
      })
  }

  async #hear(names: readonly string[]): Promise<void> {
    const ask = { destination: names, timeoutMs: answerMs, expected: names.length }
    const answers = await beatSettings(this.#broker, ask)
    const byWorker = new Map(answers.map((settings) => [settings.worker, settings]))
    for (const name of names) {
      const settings = byWorker.get(name)
      this.#told.set(name, {
        askedAt: Date.now(),
        settings: settings ?? this.#told.peek(name)?.settings ?? null,
        answered: settings !== undefined,
      })
      for (const entry of settings?.entries ?? []) this.#noteKnown(keyOf(entry, settings?.timezone ?? null))
    }
  }

  #noteKnown(key: string): void {
    if (this.#knownSince.get(key) === undefined) this.#knownSince.set(key, new Date())
  }

  /** Of the workers that are there; where none of them has told anything, what those told that are gone. */
  #entries(online: readonly string[]): ConfEntry[] {
    const hasTold = (name: string) => (this.#told.peek(name)?.settings ?? null) !== null
    const there = online.filter(hasTold)
    const workers = there.length > 0 ? there : [...this.#told.keys()].filter(hasTold).sort()
    const byKey = new Map<string, { entry: BeatEntry; timezone: string | null; workers: string[] }>()
    for (const worker of workers) {
      const settings = this.#told.peek(worker)?.settings
      for (const entry of settings?.entries ?? []) {
        const timezone = settings?.timezone ?? null
        const key = keyOf(entry, timezone)
        const known = byKey.get(key)
        if (known === undefined) byKey.set(key, { entry, timezone, workers: [worker] })
        else known.workers.push(worker)
      }
    }
    return [...byKey].map(([key, each]) => ({ ...each, knownSince: this.#knownSince.get(key) ?? new Date() }))
  }
}

/** Equal for what is the same entry on two workers. */
function keyOf({ name, task, schedule, args, kwargs, queue }: BeatEntry, timezone: string | null): string {
  return JSON.stringify([name, task, schedule, timezone, args, kwargs, queue])
}
