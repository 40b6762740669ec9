import type { Broker } from '../celery/broker.js'
import { type HeldTask, queryTasks, stats } from '../celery/control.js'
import type { Workers } from '../fleet/workers.js'
import type { Whereabouts } from './facts.js'
import type { Target } from './stop.js'

const askMs = 1000
/** Everybody is asked about a task that may not run at all: one who is busy must not make the caller wait long. */
const askAllMs = 500

/** Finds where tasks run, by asking the workers. */
export class Locator {
  readonly #broker: Broker
  readonly #workers: Workers

  constructor(broker: Broker, workers: Workers) {
    this.#broker = broker
    this.#workers = workers
  }

  /**
   * Where the task runs: as its events and the result backend say, else on whichever worker has it. null where it runs
   * nowhere. Rejects with BrokerUnreachable.
   */
  async find(taskId: string, { worker: runningOn, pid }: Whereabouts): Promise<Target | null> {
    if (runningOn !== null && pid !== null) {
      await this.learn(runningOn)
      return this.#targetOn(runningOn, pid)
    }
    const held = (await this.holders([taskId], runningOn)).find(({ state }) => state === 'active')
    const worker = held?.worker ?? runningOn
    if (worker === null) return null
    await this.learn(worker)
    return this.#targetOn(worker, held?.pid ?? null)
  }

  /** Where these run, by task id; `runningOn` are their workers as events say. */
  async findMany(runningOn: ReadonlyMap<string, string>): Promise<Map<string, Target>> {
    const workers = [...new Set(runningOn.values())]
    const held = await this.#query([...runningOn.keys()], workers, askMs)
    await Promise.all(workers.map((worker) => this.learn(worker)))
    const pids = new Map(
      held.flatMap(({ id, state, worker, pid }) => (state === 'active' ? [[`${id} ${worker}`, pid]] : [])),
    )
    return new Map(
      [...runningOn].map(([taskId, worker]) => [
        taskId,
        this.#targetOn(worker, pids.get(`${taskId} ${worker}`) ?? null),
      ]),
    )
  }

  /** Who has these tasks, running or reserved: one worker is asked, or all that are online. */
  async holders(taskIds: readonly string[], worker: string | null): Promise<HeldTask[]> {
    if (worker !== null) return await this.#query(taskIds, [worker], askMs)
    const online = this.#workers.online().map(({ name }) => name)
    return online.length === 0 ? [] : await this.#query(taskIds, online, askAllMs)
  }

  /** null where it is not known. */
  canTerminate(worker: string): boolean | null {
    return this.#workers.get(worker)?.canTerminate ?? null
  }

  #query(taskIds: readonly string[], workers: readonly string[], timeoutMs: number): Promise<HeldTask[]> {
    return queryTasks(this.#broker, taskIds, { destination: workers, expected: workers.length, timeoutMs })
  }

  /** Asks a worker for its pool, where that isn't known yet. */
  async learn(worker: string): Promise<void> {
    if (this.#workers.get(worker)?.pool != null) return
    const answers = await stats(this.#broker, { destination: [worker], expected: 1, timeoutMs: askMs })
    for (const each of answers) this.#workers.onStats(each)
  }

  #targetOn(worker: string, pid: number | null): Target {
    const pool = this.#workers.get(worker)?.pool ?? null
    return { worker, pool, childPid: pool === 'prefork' ? pid : null }
  }
}
