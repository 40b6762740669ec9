import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { LiveFrame } from '../tasks/live-feed.js'
import { liveStates } from '../tasks/live-state.js'
import { lostAmong } from '../tasks/lost-tasks.js'
import type { taskAnswer } from './answers.js'
import { seesPayload } from './caller.js'
import type { Context } from './context.js'
import { hidePayload } from './hide-payload.js'
import { toTask } from './present.js'

type Task = z.output<typeof taskAnswer>

interface Made {
  readonly tasks: Promise<readonly Task[]>
  /** By whether payload is seen. */
  readonly texts: Map<boolean, Promise<string>>
}

/**
 * Frames of the live stream as they are sent. Whoever watches with the same filter, and so with the same scope, is given the
 * very same frame: it is completed and written as JSON once for all of them.
 */
export class LiveFrames {
  readonly #context: Context
  readonly #made = new WeakMap<LiveFrame, Made>()

  constructor(context: Context) {
    this.#context = context
  }

  /** `behind`: who asks has missed frames, and is told to look again. */
  async textFor(request: FastifyRequest, frame: LiveFrame, behind: boolean): Promise<string> {
    const made = this.#made.get(frame) ?? { tasks: this.#tasksOf(frame), texts: new Map() }
    this.#made.set(frame, made)
    if (behind) return write(await visible(request, made.tasks), { ...frame, many: true })
    const sees = seesPayload(request)
    const text = made.texts.get(sees) ?? visible(request, made.tasks).then((tasks) => write(tasks, frame))
    made.texts.set(sees, text)
    return text
  }

  async #tasksOf({ jobs }: LiveFrame): Promise<readonly Task[]> {
    const { db, backend, stopStore, types } = this.#context
    const ids = jobs.map(({ taskId }) => taskId)
    const [states, stops, lost] = await Promise.all([
      liveStates(backend, jobs),
      stopStore.latestOf(ids),
      lostAmong(db, ids),
    ])
    return jobs.map((job) =>
      toTask(job, types, stops.get(job.taskId), lost.has(job.taskId), states.get(job.taskId)),
    )
  }
}

async function visible(request: FastifyRequest, tasks: Promise<readonly Task[]>): Promise<Task[]> {
  return (await tasks).map((task) => hidePayload(request, task))
}

function write(tasks: readonly Task[], { gone, many }: LiveFrame): string {
  return `event: tasks\ndata: ${JSON.stringify({ tasks, gone, many })}\n\n`
}
