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
  /** When workers were last asked; null: none was online. */
  readonly askedAt: Date | null
  readonly asked: number
  /** Those that were asked and have not answered. */
  readonly silent: readonly string[]
  /** Online workers that were not asked, being so many. */
  readonly unasked: number
  /** Why they could not be asked. */
  readonly problem: string | null
}

interface Round {
  readonly askedAt: Date
  readonly names: readonly string[]
  readonly unasked: number
  readonly answered: Set<string>
  problem: string | null
  /** While it is under way. */
  work: Promise<void> | undefined
}

/** Milliseconds that whoever looks waits at most. What comes later is there for the next look. */
const lookMs = 1_000
/** Milliseconds for a worker's answer. One on the solo pool gives none while it works. */
const answerMs = 5_000
/** Milliseconds until the workers are asked again. */
const freshMs = 30_000
/** Workers asked at once at most: those of one application have the same settings. */
const mostAsked = 100
const mostKept = 1_000
const mostEntries = 10_000

/** Knows the schedules in the workers' settings: asks when somebody looks, and keeps what was told. */
export class ConfEntries {
  readonly #broker: Broker
  readonly #workers: Workers
  readonly #told = new LRUCache<string, BeatSettings>({ max: mostKept })
  readonly #knownSince = new LRUCache<string, Date>({ max: mostEntries })
  #round: Round | undefined

  constructor(broker: Broker, workers: Workers) {
    this.#broker = broker
    this.#workers = workers
  }

  /** Within about a second, whatever the workers do. */
  async look(): Promise<ConfReport> {
    const online = this.#workers.online().map(({ name }) => name)
    const round = this.#roundOf(online)
    if (round?.work !== undefined) await Promise.race([round.work, pause(lookMs)])
    return {
      entries: this.#entries(online),
      askedAt: round?.askedAt ?? null,
      asked: round?.names.length ?? 0,
      silent: round?.names.filter((name) => !round.answered.has(name)) ?? [],
      unasked: round?.unasked ?? 0,
      problem: round?.problem ?? null,
    }
  }

  #roundOf(online: readonly string[]): Round | undefined {
    const known = this.#round
    if (known?.work !== undefined) return known
    // A worker that has just come is asked at once: it may bring the schedule.
    const isFresh = known !== undefined && Date.now() - known.askedAt.getTime() < freshMs
    const names = online.slice(0, mostAsked)
    if (isFresh && names.every((name) => known.names.includes(name))) return known
    if (names.length === 0) return undefined
    const round: Round = {
      askedAt: new Date(),
      names,
      unasked: online.length - names.length,
      answered: new Set(),
      problem: null,
      work: undefined,
    }
    this.#round = round
    round.work = this.#ask(round).finally(() => {
      round.work = undefined
    })
    return round
  }

  async #ask(round: Round): Promise<void> {
    const { names } = round
    try {
      const ask = { destination: names, timeoutMs: answerMs, expected: names.length }
      for (const settings of await beatSettings(this.#broker, ask)) {
        round.answered.add(settings.worker)
        this.#told.set(settings.worker, settings)
        for (const entry of settings.entries) this.#noteKnown(keyOf(entry, settings.timezone))
      }
    } catch (error) {
      round.problem = error instanceof Error ? error.message : String(error)
    }
  }

  #noteKnown(key: string): void {
    if (this.#knownSince.get(key) === undefined) this.#knownSince.set(key, new Date())
  }

  /** Of the workers that are there; where none of them has told anything, what those told that are gone. */
  #entries(online: readonly string[]): ConfEntry[] {
    const there = online.filter((name) => this.#told.has(name))
    const workers = there.length > 0 ? there : [...this.#told.keys()].sort()
    const byKey = new Map<string, { entry: BeatEntry; timezone: string | null; workers: string[] }>()
    for (const worker of workers) {
      const settings = this.#told.get(worker)
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
