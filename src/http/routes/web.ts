import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App, Context } from '../context.js'

/** Where the build puts the web interface, beside the compiled server. */
const folder = fileURLToPath(new URL('../../web/', import.meta.url))

/**
 * The web interface: its files, and its page for every other address that a browser asks for, since those are the
 * page's own (`/tasks/…`). Returns what answers such an address; undefined where nothing was built.
 */
export async function webRoutes(
  app: App,
  { basePath }: Context,
): Promise<((request: FastifyRequest, reply: FastifyReply) => boolean) | undefined> {
  if (!existsSync(`${folder}index.html`)) return undefined
  // All its links are relative to this.
  const page = readFileSync(`${folder}index.html`, 'utf8').replace(
    '<base href="/"',
    `<base href="${basePath}/"`,
  )
  const send = (reply: FastifyReply) =>
    reply
      // The nonce is good for one answer.
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(
        page.replace('name="style-nonce" content=""', `name="style-nonce" content="${reply.cspNonce.style}"`),
      )

  await app.register(fastifyStatic, {
    root: `${folder}assets`,
    prefix: '/assets/',
    // The build puts compressed copies beside them.
    preCompressed: true,
    // Their names change with their content.
    immutable: true,
    maxAge: '365d',
    index: false,
  })
  app.get('/icon.svg', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.sendFile('icon.svg', folder),
  )
  app.get('/', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) => send(reply))
  return (request, reply) => {
    const wanted = request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '')
    if (!wanted || request.url.startsWith('/api/')) return false
    void send(reply)
    return true
  }
}
