import type { Cluster } from '../harness/cluster.js'
import { eventually } from '../harness/eventually.js'

/** Milliseconds between two tasks. */
const pace = 20

/** A steady stream of `test.add`, published by Celery's own client, that goes on whatever happens to the broker. */
export class Load {
  /** Those that Celery's client said were published, in that order. */
  readonly published: string[] = []
  readonly #cluster: Cluster
  readonly #running: Promise<void>
  #stopped = false

  constructor(cluster: Cluster) {
    this.#cluster = cluster
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
    const states = await eventually(
      'the workers to be done',
      () => this.#cluster.publisher.states(this.published),
      (known) => this.published.slice(skip).every((id) => known[id] === 'SUCCESS'),
      60_000,
    )
    return this.published.filter((id) => states[id] === 'SUCCESS')
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        this.published.push(await this.#cluster.send('test.add', { x: 1, y: 2 }))
      } catch (error) {
        // While the broker is away none is published.
        if (!/OperationalError|Connection/.test(String(error))) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, pace))
    }
  }
}
