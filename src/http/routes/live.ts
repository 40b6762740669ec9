import type { ServerResponse } from 'node:http'
import type { LiveFrame } from '../../tasks/live-feed.js'
import { liveStates } from '../../tasks/live-state.js'
import { lostAmong } from '../../tasks/lost-tasks.js'
import { liveAnswer } from '../answers.js'
import { scopeOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { hidePayload } from '../hide-payload.js'
import { taskFilters, toFilter } from '../parameters.js'
import { toTask } from '../present.js'

/** Milliseconds between signs of life: proxies close what is silent. */
const heartbeatMs = 15_000
/** Bytes that a client may leave unread before frames are left out and it is told to look again. */
const mostUnread = 1024 * 1024

/** Changes of jobs as Server-Sent Events, under the list's own filters. */
export function liveRoutes(app: App, { db, live, backend, stopStore, types }: Context): void {
  const open = new Set<ServerResponse>()
  // Streams never end by themselves, and closing waits for them.
  app.addHook('preClose', async () => {
    for (const response of open) response.end()
  })

  app.get(
    '/api/live/tasks/',
    {
      config: { access: 'tasks:read' },
      schema: {
        summary: 'Tasks that change, as Server-Sent Events: event `tasks`, data {tasks, gone, many}',
        tags: ['tasks'],
        querystring: taskFilters,
        response: { 200: liveAnswer.describe('The data of each event') },
      },
    },
    (request, reply) => {
      reply.hijack()
      const response = reply.raw
      // Whoever hung up while we looked who asks: nothing would ever tell us again.
      if (response.closed) return
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        // Nothing follows on it: kept alive, it would hold up the end of Crisper.
        connection: 'close',
      })
      response.write('retry: 2000\n\n')
      open.add(response)
      let behind = false
      const send = async ({ jobs, gone, many }: LiveFrame) => {
        if (response.writableLength > mostUnread) {
          behind = true
          return
        }
        const ids = jobs.map(({ taskId }) => taskId)
        const [states, stops, lost] = await Promise.all([
          liveStates(backend, jobs),
          stopStore.latestOf(ids),
          lostAmong(db, ids),
        ])
        const tasks = jobs.map((job) =>
          hidePayload(
            request,
            toTask(job, types, stops.get(job.taskId), lost.has(job.taskId), states.get(job.taskId)),
          ),
        )
        const data = JSON.stringify({ tasks, gone, many: many || behind })
        behind = false
        response.write(`event: tasks\ndata: ${data}\n\n`)
      }
      const unsubscribe = live.subscribe(toFilter(request.query, scopeOf(request)), (frame) => {
        send(frame).catch((error) => request.log.warn({ err: error }, 'a live frame was left out'))
      })
      const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs)
      response.on('close', () => {
        clearInterval(heartbeat)
        unsubscribe()
        open.delete(response)
      })
    },
  )
}
