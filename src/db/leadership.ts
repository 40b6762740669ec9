import type pg from 'pg'
import type { DatabaseAddress } from './connect.js'
import { LastingConnection } from './lasting-connection.js'

/**
 * follows  another Crisper leads, or nobody yet
 * leads    we do
 * unsure   we did, and have lost the database since: another may lead by now. What must happen once rests; what harms
 *          nobody when it happens twice goes on
 */
export type LeadershipState = 'follows' | 'leads' | 'unsure'

interface Log {
  info(fields: object, message: string): void
}

/** Milliseconds between two attempts of those that wait, and between two looks whether the connection stands. */
const everyMs = 500
const name = 'crisper lead'
const lock = `hashtextextended('crisper leader', 0)`

/**
 * Which of several Crispers on one database does what must happen once: the one that holds an advisory lock. A process that
 * is killed loses it at once, one whose machine is gone within some ten seconds; another then has it within half a second.
 * Nobody waits in the lock itself: a statement that waits keeps the database from cleaning up.
 */
export class Leadership {
  readonly #log: Log
  readonly #connection: LastingConnection
  readonly #listeners = new Set<(state: LeadershipState) => void>()
  #state: LeadershipState = 'follows'

  constructor(address: DatabaseAddress, log: Log) {
    this.#log = log
    this.#connection = new LastingConnection({
      address,
      name,
      everyMs,
      beat: (client) => this.#beat(client),
      onLost: () => {
        if (this.#state === 'leads') this.#set('unsure')
      },
    })
  }

  get leads(): boolean {
    return this.#state === 'leads'
  }

  get state(): LeadershipState {
    return this.#state
  }

  /** Told of each change; must not throw. Returns the function that unsubscribes. */
  onChange(listener: (state: LeadershipState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when it was tried once: who is alone leads from the start. */
  start(): Promise<void> {
    return this.#connection.start()
  }

  /** Whether another Crisper is there that would lead; false where it can't be told. */
  async hasOthers(): Promise<boolean> {
    const others = `
      select exists (
        select from pg_stat_activity
         where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()) as there`
    const answer = await this.#connection.client
      ?.query<{ there: boolean }>(others, [name])
      .catch(() => undefined)
    return answer?.rows[0]?.there === true
  }

  /** Gives it up. */
  async stop(): Promise<void> {
    await this.#connection.stop()
    if (this.#state !== 'follows') this.#set('follows')
  }

  async #beat(client: pg.Client): Promise<void> {
    if (this.#state === 'leads') {
      await client.query('select')
      return
    }
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${lock}) as mine`)
    const state = rows[0]?.mine === true ? 'leads' : 'follows'
    if (state !== this.#state) this.#set(state)
  }

  #set(state: LeadershipState): void {
    this.#state = state
    this.#log.info({ state }, sentences[state])
    for (const listener of this.#listeners) listener(state)
  }
}

const sentences: Readonly<Record<LeadershipState, string>> = {
  leads: 'this Crisper leads: what must happen once happens here',
  follows: 'this Crisper does not lead any more',
  unsure: 'the database is away, and with it the lead',
}
