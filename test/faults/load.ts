import type { Cluster } from '../harness/cluster.js'
import { eventually } from '../harness/eventually.js'

/** Milliseconds between two messages to the publisher. */
const pace = 20
/** Milliseconds in which workers get done with what waits after a minute of more than they can do. */
const doneMs = 400_000

/** A steady stream of `test.add`, published by Celery's own client, that goes on whatever happens to the broker. */
export class Load {
  /** Those that Celery's client said were published, in that order. */
  readonly published: string[] = []
  readonly #cluster: Cluster
  readonly #atOnce: number
  readonly #running: Promise<void>
  #stopped = false

  /** As many a second as wanted, or as this machine publishes. */
  constructor(cluster: Cluster, perSecond = 50) {
    this.#cluster = cluster
    this.#atOnce = Math.ceil((perSecond * pace) / 1000)
    this.#running = this.#run()
  }

  /** Until so many more have been published. */
  async more(count: number): Promise<void> {
    const goal = this.published.length + count
    await eventually(
      `${goal} tasks to be published`,
      async () => this.published.length,
      (length) => length >= goal,
      60_000,
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /**
   * Until the workers are done with what was published after the first `skip` (the broker may have lost some before).
   * Answers with the ids of all tasks that Celery calls SUCCESS.
   */
  async succeeded(skip = 0): Promise<string[]> {
    const left = new Set(this.published)
    await eventually(
      'the workers to be done',
      async () => {
        const states = await this.#cluster.publisher.states([...left])
        for (const id of left) if (states[id] === 'SUCCESS') left.delete(id)
        return left.size
      },
      () => this.published.slice(skip).every((id) => !left.has(id)),
      doneMs,
    )
    return this.published.filter((id) => !left.has(id))
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const next = new Promise((resolve) => setTimeout(resolve, pace))
      try {
        this.published.push(...(await this.#publish()))
      } catch (error) {
        // While the broker is away none is published.
        if (!/OperationalError|Connection/.test(String(error))) throw error
      }
      await next
    }
  }

  #publish(): Promise<string[]> {
    return this.#cluster.publisher.sendMany(this.#atOnce, { task: 'test.add', kwargs: { x: 1, y: 2 } })
  }
}
