import type { Broker } from '../celery/broker.js'
import { activeQueues, enableEvents, stats, type WorkerStats } from '../celery/control.js'
import type { Leadership } from '../db/leadership.js'
import type { Greetings } from '../fleet/greeter.js'
import { untilAnswered } from '../fleet/until-answered.js'
import type { Workers } from '../fleet/workers.js'
import type { StopEngine } from '../stops/engine.js'

/** Milliseconds to wait for workers' answers where nobody waits for us. */
const unhurriedMs = 3000

/**
 * Learns workers' pools and queues; where this Crisper leads, also turns on their events and tells them the open stops.
 */
export function greetings(parts: {
  broker: Broker
  workers: Workers
  stops: StopEngine
  enable: boolean
  leadership: Leadership
}): Greetings {
  const { broker, workers, stops, enable, leadership } = parts
  const learn = (answers: readonly WorkerStats[]) => {
    for (const each of answers) workers.onStats(each)
    return answers.map(({ worker }) => worker)
  }
  const consumed = async (ask: Parameters<typeof activeQueues>[1]) => {
    const answers = await activeQueues(broker, ask)
    return () => {
      for (const { worker, queues } of answers) workers.onQueues(worker, queues)
    }
  }
  return {
    everybody: async () => {
      const ask = { timeoutMs: unhurriedMs }
      if (leadership.leads) await stops.resend()
      if (enable && leadership.leads) await enableEvents(broker, ask)
      const [known, learnQueues] = await Promise.all([stats(broker, ask).then(learn), consumed(ask)])
      learnQueues()
      return known
    },
    one: async (worker) => {
      const destination = [worker]
      const told = leadership.leads ? await stops.meet(worker) : true
      if (enable && leadership.leads)
        await untilAnswered((timeoutMs) => enableEvents(broker, { destination, timeoutMs }))
      const known = learn(await untilAnswered((timeoutMs) => stats(broker, { destination, timeoutMs })))
      // Once only: what it does not say now it is asked when somebody looks at the queues.
      if (known.length > 0) (await consumed({ destination, timeoutMs: unhurriedMs }))()
      // A worker too busy to say what it remembers is met once more.
      return told ? known : []
    },
  }
}
