import { z } from 'zod'
import { maskUrl } from '../mask-url.js'

/** How a queue stands, as RabbitMQ's management API tells it: as of some seconds ago. null: it did not say. */
export interface QueueFigures {
  readonly queue: string
  /** Messages that nobody has taken. */
  readonly ready: number | null
  /** Messages that were taken and not acknowledged yet. */
  readonly unacknowledged: number | null
  readonly consumers: number | null
  /** Messages a second, over the last minute. */
  readonly rates: { readonly published: number; readonly taken: number } | null
}

/** The management API can't be used now. The message says why and what to do, without a password. */
export class ManagementUnavailable extends Error {
  override readonly name = 'ManagementUnavailable'
}

export interface ManagementAddress {
  /** Such as `http://USER:PASSWORD@HOST:15672`; a path before `/api` is kept. */
  readonly url: string
  readonly vhost: string
  /** Where the URL holds none. */
  readonly username: string
  readonly password: string
}

/** 5,000 queues took RabbitMQ 3.10 1.2 s. */
const timeoutMs = 10_000
/** Bytes: 10,000 queues take about 1.5 MB. */
const longestAnswer = 64 * 1024 * 1024
/** Milliseconds for which an answer is shared: RabbitMQ itself counts every five seconds. */
const freshMs = 5000
/** Milliseconds for which one that did not answer is left alone, so that nobody waits for it again and again. */
const pauseMs = 30_000
/** All that is read: the whole of it is ten times as long. */
const columns = [
  'name',
  'messages_ready',
  'messages_unacknowledged',
  'consumers',
  'message_stats.publish_details.avg_rate',
  'message_stats.deliver_get_details.avg_rate',
]
/** Over a minute: the rates of its last five seconds jump. */
const rateWindow = 'msg_rates_age=60&msg_rates_incr=5'

const count = z.number().int().min(0).optional().catch(undefined)
const rate = z
  .object({ avg_rate: z.number().min(0) })
  .optional()
  .catch(undefined)
const told = z.object({
  name: z.string(),
  messages_ready: count,
  messages_unacknowledged: count,
  consumers: count,
  message_stats: z.object({ publish_details: rate, deliver_get_details: rate }).optional().catch(undefined),
})

/** RabbitMQ's management plugin: all queues of a vhost with one request. */
export class Management {
  readonly #url: string
  readonly #maskedUrl: string
  readonly #authorization: string
  #last: { readonly figures: readonly QueueFigures[]; readonly until: number } | undefined
  #failure: { readonly error: ManagementUnavailable; readonly until: number } | undefined

  constructor({ url, vhost, username, password }: ManagementAddress) {
    const parsed = new URL(url)
    const given = parsed.username !== ''
    const user = given ? decodeURIComponent(parsed.username) : username
    const secret = given ? decodeURIComponent(parsed.password) : password
    this.#authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
    this.#maskedUrl = maskUrl(url)
    const base = `${parsed.origin}${parsed.pathname.replace(/\/$/, '')}`
    this.#url = `${base}/api/queues/${encodeURIComponent(vhost)}?columns=${columns.join(',')}&${rateWindow}`
  }

  /** Every queue of the vhost. Rejects with ManagementUnavailable. */
  async queues(): Promise<readonly QueueFigures[]> {
    if (this.#last !== undefined && performance.now() < this.#last.until) return this.#last.figures
    if (this.#failure !== undefined && performance.now() < this.#failure.until) throw this.#failure.error
    try {
      const figures = await this.#read()
      this.#last = { figures, until: performance.now() + freshMs }
      this.#failure = undefined
      return figures
    } catch (error) {
      const unavailable =
        error instanceof ManagementUnavailable
          ? error
          : this.#unavailable(`does not answer: ${reasonOf(error)}`, error)
      this.#failure = { error: unavailable, until: performance.now() + pauseMs }
      throw unavailable
    }
  }

  async #read(): Promise<QueueFigures[]> {
    const response = await fetch(this.#url, {
      headers: { authorization: this.#authorization, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw this.#unavailable(refusalOf(response.status))
    }
    const answer = z.array(z.unknown()).safeParse(jsonOf(await this.#textOf(response)))
    if (!answer.success) throw this.#unavailable('answers with something else than a list of queues')
    // One that can't be read hides no other.
    return answer.data.flatMap((item) => {
      const parsed = told.safeParse(item)
      return parsed.success ? [figuresOf(parsed.data)] : []
    })
  }

  async #textOf(response: Response): Promise<string> {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
      length += chunk.length
      if (length > longestAnswer) throw this.#unavailable(`answers with more than ${longestAnswer} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }

  #unavailable(why: string, cause?: unknown): ManagementUnavailable {
    return new ManagementUnavailable(`RabbitMQ's management API at ${this.#maskedUrl} ${why}.`, { cause })
  }
}

function figuresOf(queue: z.output<typeof told>): QueueFigures {
  const { publish_details: published, deliver_get_details: taken } = queue.message_stats ?? {}
  return {
    queue: queue.name,
    ready: queue.messages_ready ?? null,
    unacknowledged: queue.messages_unacknowledged ?? null,
    consumers: queue.consumers ?? null,
    // It leaves out what never happened.
    rates:
      published === undefined && taken === undefined
        ? null
        : { published: published?.avg_rate ?? 0, taken: taken?.avg_rate ?? 0 },
  }
}

function refusalOf(status: number): string {
  if (status === 401)
    return 'refuses the user or the password (401): the user needs the tag management or monitoring'
  if (status === 404) return 'knows no such vhost, or is something else (404)'
  return `answers with the status ${status}`
}

/** undefined where it is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What fetch hides behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `nothing came within ${timeoutMs / 1000} s`
  return error.cause instanceof Error ? error.cause.message : error.message
}
