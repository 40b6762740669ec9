import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { BrokerKind } from '../../test/harness/cluster.js'
import type { EventFile } from './event-file.js'

const played = z.object({ cpuSeconds: z.number(), seconds: z.number(), latestMs: z.number() })

/** What publishing took, which is nobody's but the publisher's. */
export type Played = z.output<typeof played>

/** Plays files of events to a broker, from a process of its own. */
export class Publisher {
  readonly #child: ChildProcess
  readonly #ended: Promise<never>

  constructor(kind: BrokerKind, url: string) {
    this.#child = fork(fileURLToPath(new URL('play-events.ts', import.meta.url)), [kind, url], {
      execArgv: ['--import', 'tsx'],
    })
    this.#ended = once(this.#child, 'exit').then(() => {
      throw new Error('the publisher has ended')
    })
    this.#ended.catch(() => undefined)
  }

  /** `rate` in events a second; 0 is as fast as can be. */
  async load({ path }: EventFile, rate = 0): Promise<void> {
    await this.#ask({ do: 'load', path, rate })
  }

  async play(): Promise<Played> {
    return played.parse(await this.#ask({ do: 'play' }))
  }

  /** One event, to see whether anybody listens. */
  async knock(): Promise<void> {
    await this.#ask({ do: 'knock' })
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  async #ask(order: object): Promise<unknown> {
    const answered = once(this.#child, 'message')
    this.#child.send(order)
    const [answer]: unknown[] = await Promise.race([answered, this.#ended])
    return answer
  }
}
