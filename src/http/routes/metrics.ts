import type { App, Context } from '../context.js'

/** For Prometheus. */
export function metricsRoutes(app: App, { metrics }: Context): void {
  app.get(
    '/metrics',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'Metrics in the text format of Prometheus',
        tags: ['operations'],
        produces: ['text/plain'],
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )
}
