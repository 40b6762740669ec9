import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../celery/broker.js'
import { type ActReply, conf, ping, stats } from '../celery/control.js'
import { command, type WorkerCommand } from '../celery/worker-commands.js'
import type { Log } from '../tasks/log.js'
import { abilityFacts, refusalOfOrder } from './abilities.js'
import { NoSuchWorker, UnexpectedWorkers } from './errors.js'
import type { WorkerInquiry } from './inquiry.js'
import { codeOfReply, explainReply, type ReplyCode } from './replies.js'
import type { Workers } from './workers.js'

export interface ControlOrder {
  readonly command: WorkerCommand
  /** `all`: those that are online or silent. */
  readonly workers: readonly string[] | 'all'
  /** With `all`: how many these must be. */
  readonly expected?: number | undefined
  /** Who asks. */
  readonly by: string
}

/** What became of a command at one worker. */
export interface ControlResult {
  readonly worker: string
  readonly outcome: 'ok' | 'refused' | 'no_answer'
  readonly code: ReplyCode
  /** A sentence for people. */
  readonly message: string
  /** The worker's own words. */
  readonly raw: string | null
}

interface Parts {
  readonly broker: Broker
  readonly workers: Workers
  readonly inquiry: WorkerInquiry
  readonly log: Log
}

/** Milliseconds for the replies. */
const replyMs = 2_000
/** Milliseconds for what a worker can do, before a command that not every worker can follow. */
const factsMs = 1_000
const goodbyeMs = 3_000
const mostLogged = 200

const fine: ReadonlySet<ReplyCode> = new Set([
  'done',
  'limits_not_yet',
  'limits_not_enforced',
  'events_already_on',
  'events_already_off',
  'said_goodbye',
  'is_finishing',
  'is_shutting_down',
])

/** Celery's commands to workers: what each can't do is refused before it is sent, and every reply is told. */
export class WorkerControl {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** One result for each worker, in the order asked. Rejects with NoSuchWorker, UnexpectedWorkers, BrokerUnreachable. */
  async order({ command: order, workers, expected, by }: ControlOrder): Promise<ControlResult[]> {
    const names = this.#targets(workers, expected)
    const refused = await this.#refusals(order, names)
    const asked = names.filter((name) => !refused.has(name))
    const answered = order.name === 'shutdown' ? await this.#shutDown(asked) : await this.#ask(order, asked)
    this.#parts.inquiry.forget(names)
    const results = names.map(
      (worker) => refused.get(worker) ?? answered.get(worker) ?? result(worker, order, 'no_answer'),
    )
    const told = results.slice(0, mostLogged).map(toLog)
    this.#parts.log.info(
      { by, command: order, workers: results.length, told },
      'workers were given a command',
    )
    return results
  }

  #targets(workers: ControlOrder['workers'], expected: number | undefined): string[] {
    const known = this.#parts.workers
    if (workers !== 'all') {
      const unknown = workers.filter((name) => known.get(name) === undefined)
      if (unknown.length > 0) throw new NoSuchWorker(unknown)
      return [...new Set(workers)]
    }
    const there = known.list().filter((worker) => isThere(known.statusOf(worker).status))
    if (expected !== undefined && there.length !== expected) {
      throw new UnexpectedWorkers(there.length, expected)
    }
    return there.map(({ name }) => name)
  }

  /** By what they say now: what was known of them may have changed. */
  async #refusals(order: WorkerCommand, names: readonly string[]): Promise<Map<string, ControlResult>> {
    const concerned = ['pool_grow', 'pool_shrink', 'pool_restart', 'autoscale'].includes(order.name)
    if (!concerned || names.length === 0) return new Map()
    const { broker } = this.#parts
    const ask = { destination: names, expected: names.length, timeoutMs: factsMs }
    const [figures, settings] = await Promise.all([
      stats(broker, ask),
      order.name === 'pool_restart' ? conf(broker, ask) : [],
    ])
    const settingsOf = new Map(settings.map((told) => [told.worker, told.settings]))
    return new Map(
      figures.flatMap((told) => {
        const refusal = refusalOfOrder(order, abilityFacts(told, settingsOf.get(told.worker)))
        return refusal === null ? [] : [[told.worker, result(told.worker, order, refusal)] as const]
      }),
    )
  }

  async #ask(order: WorkerCommand, destination: readonly string[]): Promise<Map<string, ControlResult>> {
    const { broker, workers } = this.#parts
    const ask = { destination, expected: destination.length, timeoutMs: replyMs }
    const replies = await command(broker, order, ask)
    workers.onAnswer(replies.map(({ worker }) => worker))
    return new Map(replies.map((reply) => [reply.worker, this.#toResult(order, reply)]))
  }

  #toResult(order: WorkerCommand, reply: ActReply): ControlResult {
    const pool = this.#parts.workers.get(reply.worker)?.pool ?? null
    return result(reply.worker, order, codeOfReply(order, reply, pool), reply.text)
  }

  /**
   * No worker replies to a shutdown: its answer is the goodbye, which it says before its running tasks have ended. So they
   * are asked first whether they hear us.
   */
  async #shutDown(names: readonly string[]): Promise<Map<string, ControlResult>> {
    const { broker } = this.#parts
    const order: WorkerCommand = { name: 'shutdown' }
    const ask = { destination: names, expected: names.length, timeoutMs: replyMs }
    const hears = new Set(await ping(broker, ask))
    await command(broker, order, { destination: names, timeoutMs: 0 })
    const end = Date.now() + goodbyeMs
    while (Date.now() < end && names.some((name) => hears.has(name) && this.#goodbye(name) === undefined)) {
      await pause(50)
    }
    return new Map(
      names.flatMap((name) => {
        const code = this.#goodbye(name) ?? (hears.has(name) ? 'is_shutting_down' : undefined)
        return code === undefined ? [] : [[name, result(name, order, code)] as const]
      }),
    )
  }

  #goodbye(name: string): 'said_goodbye' | 'is_finishing' | undefined {
    const worker = this.#parts.workers.get(name)
    if (!worker?.stopped) return undefined
    return (worker.active ?? 0) > 0 ? 'is_finishing' : 'said_goodbye'
  }
}

function isThere(status: string): boolean {
  return status === 'online' || status === 'silent'
}

function result(
  worker: string,
  order: WorkerCommand,
  code: ReplyCode,
  raw: string | null = null,
): ControlResult {
  const outcome = code === 'no_answer' ? 'no_answer' : fine.has(code) ? 'ok' : 'refused'
  return { worker, outcome, code, message: explainReply(code, order, raw), raw }
}

function toLog({ worker, outcome, raw }: ControlResult): object {
  return { worker, outcome, ...(raw !== null && { raw }) }
}
