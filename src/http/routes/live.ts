import type { ServerResponse } from 'node:http'
import type { LiveFrame } from '../../tasks/live-feed.js'
import { liveAnswer } from '../answers.js'
import { scopeOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { LiveFrames } from '../live-frames.js'
import { taskFilters, toFilter } from '../parameters.js'

/** Milliseconds between signs of life: proxies close what is silent. */
const heartbeatMs = 15_000
/** Bytes that a client may leave unread before frames are left out and it is told to look again. */
const mostUnread = 1024 * 1024

/** Changes of jobs as Server-Sent Events, under the list's own filters. */
export function liveRoutes(app: App, context: Context): void {
  const frames = new LiveFrames(context)
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
      const send = async (frame: LiveFrame) => {
        if (response.writableLength > mostUnread) {
          behind = true
          return
        }
        const wasBehind = behind
        behind = false
        response.write(await frames.textFor(request, frame, wasBehind))
      }
      const unsubscribe = context.live.subscribe(toFilter(request.query, scopeOf(request)), (frame) => {
        send(frame).catch((error) => {
          behind = true
          request.log.warn({ err: error }, 'a live frame was left out')
        })
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
