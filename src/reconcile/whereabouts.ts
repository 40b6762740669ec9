import type { Broker } from '../celery/broker.js'
import {
  type HeldTask,
  held,
  heldByWorker,
  rateLimitedName,
  registered,
  scheduled,
  type WorkerTask,
} from '../celery/control.js'
import { isOnline, type Workers } from '../fleet/workers.js'

/** What a look at a worker gave: it answered; it said goodbye or is gone, since when; or nothing can be said of it. */
export type Presence =
  | { readonly kind: 'answers' }
  | { readonly kind: 'gone' | 'stopped'; readonly since: number | null }
  | { readonly kind: 'silent' }

const answerMs = 3000
/** Seconds that everybody has to be heard again after a connection: workers reconnect with a backoff of their own. */
const settleS = 30
/** Seconds after its goodbye that a worker may still be ending its tasks (Celery's warm shutdown). */
const farewellS = 60
/** Seconds for which a worker on the solo pool may work on one task, and neither answer nor send heartbeats. */
const soloS = 3600

/** The workers' answers to a question for certain tasks. */
export interface Holders {
  /** By id. */
  readonly tasks: ReadonlyMap<string, HeldTask>
  readonly answered: ReadonlySet<string>
}

/** No answer from anybody. */
export const nobody: Holders = { tasks: new Map(), answered: new Set() }

interface Asked {
  readonly broker: Broker
  readonly workers: Workers
  /** Ends the waiting for answers. */
  readonly signal: AbortSignal
}

/** The workers as they answered at one time: who is there, and what each runs. */
export class Whereabouts {
  /** Tasks that are running, by id. */
  readonly running: ReadonlyMap<string, WorkerTask>
  readonly #broker: Broker
  readonly #workers: Workers
  readonly #answered: ReadonlySet<string>
  readonly #signal: AbortSignal

  private constructor(
    { broker, workers, signal }: Asked,
    answers: readonly { worker: string; tasks: readonly WorkerTask[] }[],
  ) {
    this.#broker = broker
    this.#workers = workers
    this.#signal = signal
    this.#answered = new Set(answers.map(({ worker }) => worker))
    this.running = this.#byId(answers)
  }

  /** Rejects with BrokerUnreachable. */
  static async ask(asked: Asked): Promise<Whereabouts> {
    const { broker, workers, signal } = asked
    const online = workers.online().length
    // Nobody is known: then all that listen have the whole time.
    const expected = online === 0 ? {} : { expected: online }
    const answers = await held(broker, 'active', { timeoutMs: answerMs, signal, ...expected })
    return new Whereabouts(asked, answers)
  }

  /** Online workers that gave no answer. */
  get unanswered(): string[] {
    return this.#workers
      .online()
      .map(({ name }) => name)
      .filter((name) => !this.#answered.has(name))
  }

  /** Which of these tasks the workers have, running or reserved, and who answered. Those that answered before are asked. */
  async holders(taskIds: readonly string[]): Promise<Holders> {
    const destination = [...this.#answered]
    if (destination.length === 0 || taskIds.length === 0) return nobody
    const ask = { destination, timeoutMs: answerMs, signal: this.#signal }
    const answers = await heldByWorker(this.#broker, taskIds, ask)
    return { tasks: this.#byId(answers), answered: new Set(answers.map(({ worker }) => worker)) }
  }

  /** Whether a worker may have a task that it names in no list: one that waits for its time, or for its rate limit. */
  async unlisted(workers: readonly string[]): Promise<(worker: string, id: string, name: string) => boolean> {
    const ask = { destination: workers, timeoutMs: answerMs, signal: this.#signal }
    const [due, known] = await Promise.all([scheduled(this.#broker, ask), registered(this.#broker, ask)])
    const ids = new Map(due.map(({ worker, tasks }) => [worker, new Set(tasks.map(({ id }) => id))]))
    const names = new Map(
      known.map(({ worker, tasks }) => [worker, new Set(tasks.map(rateLimitedName))] as const),
    )
    return (worker, id, name) => {
      const [waiting, slow] = [ids.get(worker), names.get(worker)]
      // Who does not say may have it.
      return waiting === undefined || slow === undefined || waiting.has(id) || slow.has(name)
    }
  }

  /** With the time at which each began by our clock. */
  #byId<T extends WorkerTask>(answers: readonly { tasks: readonly T[] }[]): Map<string, T> {
    const skewOf = ({ worker }: T) => this.#workers.get(worker)?.clockSkew ?? 0
    return new Map(
      answers.flatMap(({ tasks }) =>
        tasks.map((task) => {
          const timeStart = task.timeStart === null ? null : task.timeStart - skewOf(task)
          return [task.id, { ...task, timeStart }] as const
        }),
      ),
    )
  }

  presenceOf(worker: string, now: number): Presence {
    if (this.#answered.has(worker)) return { kind: 'answers' }
    const { status } = this.#broker
    const settled = status.state === 'connected' && now - status.since.getTime() / 1000 > settleS
    const known = this.#workers.get(worker)
    if (!settled) return { kind: 'silent' }
    if (known === undefined) return { kind: 'gone', since: null }
    const unheard = now - known.lastSeenAt
    if (known.stopped) {
      return unheard > farewellS ? { kind: 'stopped', since: known.lastSeenAt } : { kind: 'silent' }
    }
    const busy = known.pool === 'solo' && unheard < soloS
    return busy || isOnline(known, now) ? { kind: 'silent' } : { kind: 'gone', since: known.lastSeenAt }
  }
}
