import { afterAll, beforeAll, expect } from 'vitest'
import type { CeleryVersion } from './celery-versions.js'
import { type BrokerKind, Cluster } from './cluster.js'
import { TestCrisper } from './crisper.js'
import { openRawEvents, type RawEvents } from './raw-events.js'

/**
 * A cluster with a Crisper on it, for all tests of a `describe`: started before the first, ended after the last. `config`
 * is what stands in its crisper.yaml.
 */
export class WithCrisper {
  readonly #config: string | undefined
  #cluster: Cluster | undefined
  #crisper: TestCrisper | undefined
  #raw: RawEvents | undefined

  constructor(kind: BrokerKind, celery?: CeleryVersion, config?: string) {
    this.#config = config
    beforeAll(async () => {
      this.#cluster = await Cluster.start(kind, celery)
      this.#crisper = await TestCrisper.start(this.#flags)
      this.#raw = await openRawEvents(kind, this.#cluster.brokerUrl)
    })
    afterAll(async () => {
      await this.#raw?.close()
      if (this.#crisper !== undefined) expect(await this.#crisper.end()).toBe(0)
      await this.#cluster?.stop()
    })
  }

  get cluster(): Cluster {
    return started(this.#cluster)
  }

  get crisper(): TestCrisper {
    return started(this.#crisper)
  }

  /** Publishes made-up events. */
  get raw(): RawEvents {
    return started(this.#raw)
  }

  /** Ends Crisper as a crash would, and starts it again on the same data. */
  async crash(): Promise<void> {
    await this.crisper.kill()
    this.#crisper = await TestCrisper.start(this.#flags)
  }

  get #flags(): string[] {
    if (this.#config === undefined) return this.cluster.crisperFlags
    return [...this.cluster.crisperFlags, '--config', this.cluster.folder.writeConfig(this.#config)]
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('it is started before the first test, not while they are collected')
  return part
}
