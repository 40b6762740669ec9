import type pg from 'pg'
import type { DatabaseAddress } from './connect.js'
import { LastingConnection } from './lasting-connection.js'

/** Something that replicas tell each other: that things with these ids have changed. */
interface TopicOptions {
  readonly name: string
  /** Milliseconds in which ids are gathered before they are told. */
  readonly gatherMs: number
  /** Ids told at a time at most; where there are more, it is only told that there are many. */
  readonly most: number
  /** Told by another replica. Must not throw. */
  readonly onHeard: (ids: readonly string[]) => void
  /** Many changed, or something may have been missed: look at everything. Must not throw. */
  readonly onMany: () => void
}

/** Bytes of one notification, which PostgreSQL takes up to 7,999. */
const mostBytes = 7900
const many = 'many'
const everyMs = 5000

/**
 * What replicas tell each other, by LISTEN and NOTIFY on a connection of its own. Ids are gathered and sent apart from the
 * transactions that they are about, so that no commit waits; while the database is away they wait. Nothing is relied on to
 * arrive: after each connection everybody looks at everything.
 */
export class Notices {
  readonly #connection: LastingConnection
  readonly #topics = new Map<string, Topic>()

  constructor(address: DatabaseAddress) {
    this.#connection = new LastingConnection({
      address,
      name: 'crisper notices',
      everyMs,
      onOpen: (client) => this.#listen(client),
      beat: async (client) => {
        await client.query('select')
      },
    })
  }

  /** Before `start`. Returns the function that tells the others. */
  topic(options: TopicOptions): (ids: readonly string[]) => void {
    const topic = new Topic(options, (payloads) => this.#send(options.name, payloads))
    this.#topics.set(channelOf(options.name), topic)
    return (ids) => topic.tell(ids)
  }

  /** Resolves when the others are heard, or could not be yet. */
  start(): Promise<void> {
    return this.#connection.start()
  }

  /** Tells at once what is still being gathered. */
  async flush(): Promise<void> {
    await Promise.all([...this.#topics.values()].map((topic) => topic.flush()))
  }

  /** Tells what is still to be told. */
  async stop(): Promise<void> {
    await this.flush()
    await this.#connection.stop()
  }

  async #listen(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const own = rows[0]?.pid
    client.on('notification', ({ channel, payload, processId }) => {
      if (processId !== own) this.#topics.get(channel)?.hear(payload ?? many)
    })
    for (const channel of this.#topics.keys()) await client.query(`listen ${channel}`)
    for (const topic of this.#topics.values()) topic.onConnected()
  }

  async #send(name: string, payloads: readonly string[]): Promise<boolean> {
    const { client } = this.#connection
    if (client === undefined) return false
    try {
      await client.query('select pg_notify($1, payload) from unnest($2::text[]) as told(payload)', [
        channelOf(name),
        payloads,
      ])
      return true
    } catch {
      // The connection is about to be replaced.
      return false
    }
  }
}

function channelOf(name: string): string {
  return `crisper_${name}`
}

/** What is to be told of one topic. */
class Topic {
  readonly #options: TopicOptions
  /** Answers whether they were sent. */
  readonly #send: (payloads: readonly string[]) => Promise<boolean>
  #waiting = new Set<string>()
  #overflowed = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: TopicOptions, send: (payloads: readonly string[]) => Promise<boolean>) {
    this.#options = options
    this.#send = send
  }

  tell(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#add(ids)
    this.#timer ??= setTimeout(() => void this.#tellNow(), this.#options.gatherMs)
  }

  hear(payload: string): void {
    if (payload === many) this.#options.onMany()
    else this.#options.onHeard(idsOf(payload))
  }

  onConnected(): void {
    this.#options.onMany()
    if (this.#waiting.size > 0 || this.#overflowed) void this.#tellNow()
  }

  async flush(): Promise<void> {
    if (this.#timer !== undefined) await this.#tellNow()
  }

  #add(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#waiting.size < this.#options.most) this.#waiting.add(id)
      else this.#overflowed ||= !this.#waiting.has(id)
    }
  }

  async #tellNow(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const ids = this.#waiting
    const overflowed = this.#overflowed
    this.#waiting = new Set()
    this.#overflowed = false
    if (await this.#send(overflowed ? [many] : payloadsOf(ids))) return
    // For when there is a connection again.
    this.#overflowed ||= overflowed
    this.#add(ids)
  }
}

/** Lists of ids as JSON, each short enough for one notification. */
function payloadsOf(ids: Iterable<string>): string[] {
  const payloads: string[] = []
  let part: string[] = []
  let bytes = 2
  for (const id of ids) {
    const size = Buffer.byteLength(JSON.stringify(id)) + 1
    if (bytes + size > mostBytes && part.length > 0) {
      payloads.push(JSON.stringify(part))
      part = []
      bytes = 2
    }
    part.push(id)
    bytes += size
  }
  if (part.length > 0) payloads.push(JSON.stringify(part))
  return payloads
}

/** Another version may speak otherwise: what can't be read names nobody. */
function idsOf(payload: string): string[] {
  try {
    const parsed: unknown = JSON.parse(payload)
    return Array.isArray(parsed) ? parsed.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}
