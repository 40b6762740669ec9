import type { TaskStore } from '../tasks/store.js'
import type { Follower } from './follower.js'
import { markOf } from './marks.js'
import type { OpenStops } from './open-stops.js'
import { afterSending } from './outcome.js'
import type { Sender } from './sender.js'
import { type Stop, type StopReply, wordsOf } from './stop.js'
import type { StopStore } from './store.js'

interface Parts {
  readonly tasks: TaskStore
  readonly stops: StopStore
  readonly open: OpenStops
  readonly sender: Sender
  readonly follower: Follower
}

/** What is known of the task of a stop. */
interface Sent {
  /** It has a job. */
  readonly known: boolean
  readonly running: boolean
}

/**
 * Milliseconds in which the same stop of a running task is not sent once more: a signal goes to a process, which may
 * have gone on to another task by then.
 */
const joinMs = 5000

/** Tells the workers of a stop that somebody asked for, its task of it, and writes down how it stands then. */
export class FirstSending {
  readonly #parts: Parts
  /** By task and words: what was sent just now, for others who ask for the same. */
  readonly #justSent = new Map<string, Promise<StopReply[]>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Rejects with BrokerUnreachable. */
  async send(stop: Stop, { known, running }: Sent): Promise<void> {
    const { tasks, stops, open, follower } = this.#parts
    const replies = await this.#tell(stop)
    if (known) await tasks.apply([markOf(stop, running)])
    const [changed] = await stops.change([afterSending(stop, running, replies)])
    if (changed !== undefined && open.update(changed) && running) follower.follow(changed)
  }

  /** Sends it, unless the same was sent just now for somebody else: then its replies count for this one too. */
  async #tell(stop: Stop): Promise<StopReply[]> {
    const key = keyOf(stop)
    const twin = this.#justSent.get(key) ?? this.#sentElsewhere(stop)
    if (twin !== undefined) {
      const replies = await twin
      const at = new Date().toISOString()
      const { signal } = wordsOf(stop)
      await this.#parts.sender.note([stop], { at, why: 'request', worker: null, signal }, replies)
      return [...replies]
    }
    const replies = this.#parts.sender.send([stop], { why: 'request' })
    this.#justSent.set(key, replies)
    const forget = () => this.#justSent.delete(key)
    if (stop.target === null) replies.then(forget, forget)
    else {
      setTimeout(forget, joinMs).unref()
      replies.catch(forget)
    }
    return await replies
  }

  /** What another Crisper sent just now for somebody who asked for the same. */
  #sentElsewhere(stop: Stop): readonly StopReply[] | undefined {
    if (stop.target === null) return undefined
    const since = Date.now() - joinMs
    const twins = this.#parts.open.of(stop.taskId).filter(({ id }) => id !== stop.id)
    return twins.find((twin) => keyOf(twin) === keyOf(stop) && Number(twin.sentAt ?? 0) > since)?.replies
  }
}

function keyOf(stop: Stop): string {
  const { terminate, signal } = wordsOf(stop)
  return `${stop.taskId} ${terminate} ${signal}`
}
