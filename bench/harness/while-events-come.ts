import { rmSync } from 'node:fs'
import type { Ground } from './contender.js'
import { eventFile } from './event-file.js'
import { Publisher } from './publisher.js'

export interface Stream {
  /** Events a second. */
  readonly rate: number
  readonly seconds: number
}

const eventsPerTask = 4

/** Works while events of new tasks come in. `isOver` tells when they have; what they were late by is added in milliseconds. */
export async function whileEventsCome<T>(
  { kind, brokerUrl }: Pick<Ground, 'kind' | 'brokerUrl'>,
  { rate, seconds }: Stream,
  work: (isOver: () => boolean) => Promise<T>,
): Promise<{ readonly found: T; readonly latestMs: number }> {
  const tasks = Math.ceil((rate * seconds) / eventsPerTask)
  // Others each time: the tasks of the last time would be known already.
  const file = eventFile({ tasks, underWay: rate, progressShare: 0, seed: Date.now() })
  const publisher = new Publisher(kind, brokerUrl)
  try {
    await publisher.load(file, rate)
    let isOver = false
    const playing = publisher.play().finally(() => {
      isOver = true
    })
    const [found, { latestMs }] = await Promise.all([work(() => isOver), playing])
    return { found, latestMs }
  } finally {
    publisher.end()
    rmSync(file.path, { force: true })
  }
}
