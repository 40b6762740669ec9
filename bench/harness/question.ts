import type { Peers } from './peers.js'
import type { Report } from './report.js'

/** How much is asked; each question takes some of these. */
export interface Sizes {
  /** Runs of each contender, in turn. */
  readonly runs: number
  /** Stored tasks. */
  readonly rows: readonly number[]
  /** Tasks that a peer is shown before it is asked; it keeps what it has heard in memory. */
  readonly flowerRows: readonly number[]
  /** Tasks whose events are played. */
  readonly tasks: number
  readonly requests: number
  readonly clients: readonly number[]
  readonly seconds: number
  /** Events a second. */
  readonly rate: number
  readonly brokers: readonly string[]
  readonly collectors: readonly number[]
  readonly workloads: readonly string[]
}

export const meanings: { readonly [K in keyof Sizes]: string } = {
  runs: 'runs of each, in turn',
  rows: 'stored tasks, one or more numbers',
  flowerRows: 'tasks that Flower has heard of, one or more numbers',
  tasks: 'tasks whose events are played',
  requests: 'requests of each kind',
  clients: 'clients of the live stream, one or more numbers',
  seconds: 'seconds that events come in',
  rate: 'events a second',
  brokers: 'redis, amqp, or both',
  collectors: 'collectors at a time, one or more numbers',
  workloads: 'one or more of short, long, progress10, progress50',
}

/** One thing to know, asked of Crisper and of its peers alike. */
export interface Question<K extends keyof Sizes> {
  readonly name: string
  readonly about: string
  /** Sizes of an answer that counts, and of one that shows that the question works. */
  readonly full: Pick<Sizes, K>
  readonly quick: Pick<Sizes, K>
  ask(sizes: Pick<Sizes, K>, peers: Peers): Promise<Report>
}

/** A question as main.ts knows it, whatever sizes it takes. */
export interface AnyQuestion {
  readonly name: string
  readonly about: string
  readonly full: Partial<Sizes>
  readonly quick: Partial<Sizes>
  ask(chosen: Partial<Sizes>, quick: boolean, peers: Peers): Promise<Report>
}

export function question<K extends keyof Sizes>(asked: Question<K>): AnyQuestion {
  return {
    ...asked,
    ask: (chosen, quick, peers) => asked.ask({ ...(quick ? asked.quick : asked.full), ...chosen }, peers),
  }
}
