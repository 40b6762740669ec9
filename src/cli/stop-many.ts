import type { z } from 'zod'
import { batchAnswer, dryRunAnswer } from '../http/stop-answers.js'
import { call } from './client.js'
import { canAsk, confirm } from './confirm.js'
import { exitCodeOf, exitCodes, tell, worst } from './exit.js'
import { type Followed, follow, whenLeft } from './follow.js'
import { codeOfStop } from './outcome.js'
import { type ClientOptions, printJson, printTable, tableOf, withProgress } from './output.js'
import { WrongUsage } from './usage.js'

export interface BulkOptions extends ClientOptions {
  /** Seconds to wait until it is done; without it that is not waited for. */
  readonly wait?: number
  readonly dryRun?: boolean
  readonly expected?: number
  readonly within?: number
  readonly yes?: boolean
}

type Selection = { readonly filter: object } | { readonly task_ids: readonly string[] }
type Batch = z.output<typeof batchAnswer>
type DryRun = z.output<typeof dryRunAnswer>

interface Expected {
  readonly count: number
  readonly within: number
}

/** Stops many tasks with one request, as a batch. */
export async function stopMany(selection: Selection, order: object, options: BulkOptions): Promise<void> {
  const body = { ...order, ...selection }
  if (options.dryRun) {
    const counted = await dryRun(options.url, body)
    if (options.json) printJson(counted)
    else console.log(describe(counted))
    return
  }
  const agreed = 'filter' in selection ? await agree(body, options) : { go: true }
  if (!agreed.go) return
  const { expected } = agreed
  const batch = await withProgress(
    'stopping',
    call(options.url, '/api/tasks/stop/', batchAnswer, { ...body, ...(expected && { expected }) }),
  )
  const wanted = 'task_ids' in selection ? selection.task_ids.length : batch.total
  const leftOut = batch.total < wanted ? [exitCodes.refused] : []
  if (leftOut.length > 0) {
    console.error(
      `crisper: ${wanted - batch.total} of ${wanted} are left out: they have ended, or are being stopped already.`,
    )
  }
  process.exitCode = worst([...leftOut, await finish(batch, options)])
}

/** How many may be stopped, as the caller says, or whoever sits at the terminal. Throws WrongUsage. */
async function agree(
  body: object,
  { url, expected, within, yes }: BulkOptions,
): Promise<{ go: boolean; expected?: Expected }> {
  if (expected !== undefined) return { go: true, expected: { count: expected, within: within ?? 0 } }
  if (yes) {
    if (within !== undefined) throw new WrongUsage('--within goes with --expected.')
    return { go: true }
  }
  if (!canAsk()) {
    throw new WrongUsage(
      'Say how many tasks you expect to stop with --expected N (--dry-run counts them), or --yes for any number.',
    )
  }
  const counted = await dryRun(url, body)
  console.error(describe(counted))
  if (counted.total === 0) return { go: false }
  if (await confirm(`Stop ${counted.total} ${counted.total === 1 ? 'task' : 'tasks'}?`)) {
    // What was agreed to is this number. On a busy cluster it changes while one reads: a tenth is the same thing.
    return { go: true, expected: { count: counted.total, within: within ?? Math.ceil(counted.total / 10) } }
  }
  console.error('crisper: nothing was stopped.')
  process.exitCode = exitCodes.failed
  return { go: false }
}

function dryRun(url: string, body: object): Promise<DryRun> {
  return withProgress('counting', call(url, '/api/tasks/stop/', dryRunAnswer, { ...body, dry_run: true }))
}

function describe({ total, by_state, running_on, cannot_terminate }: DryRun): string {
  if (total === 0) return 'Nothing to stop: no unfinished task matches that is not being stopped already.'
  return [
    tableOf(['state', 'tasks'], [...Object.entries(by_state), ['total', total]]),
    ...(Object.keys(running_on).length > 0
      ? [tableOf(['running on', 'tasks'], Object.entries(running_on))]
      : []),
    ...(cannot_terminate > 0
      ? [`${cannot_terminate} of them can't be terminated: they run in pools that have no means to.`]
      : []),
  ].join('\n')
}

/** Waits for a batch where that is wanted, prints it, and answers with the exit code. */
async function finish(batch: Batch, { url, json, wait }: BulkOptions): Promise<number> {
  if (wait === undefined) {
    if (json) printJson(batch)
    else {
      console.log(`batch ${batch.id}: ${batch.total} ${batch.total === 1 ? 'stop' : 'stops'}`)
      if (batch.total > 0) console.log(howToFollow(batch))
    }
    return exitCodes.ok
  }
  const followed = await follow(batch, {
    seconds: wait,
    hasEnded: ({ status }) => status === 'done' || status === 'cancelled',
    tell: ({ percent, total, counts }) => `${percent ?? 0} % of ${total}: ${inWords(counts)}`,
    ask: ({ id }, signal) => call(url, `/api/stop-batches/${id}/`, batchAnswer, undefined, signal),
  })
  const { last } = followed
  if (json) printJson(last)
  else printTable([`batch ${last.id}`, last.status], [...present(last.counts), ['total', last.total]])
  tellLeft(followed, wait)
  return worst([
    ...present(last.counts).map(([status]) => codeOfStop(status, true)),
    ...('error' in followed ? [exitCodeOf(followed.error)] : []),
  ])
}

function tellLeft({ last, left, error }: Followed<Batch>, seconds: number): void {
  if (left === undefined) return
  if (error !== undefined) tell(error)
  console.error(`crisper: not done ${whenLeft(left, seconds)}; the batch runs on.\n${howToFollow(last)}`)
}

function howToFollow({ id }: Batch): string {
  return `follow it:    crisper stops --batch ${id}\ntake it back: crisper stops cancel --batch ${id}`
}

function present(counts: Batch['counts']): [string, number][] {
  return Object.entries(counts).filter(([, n]) => n > 0)
}

function inWords(counts: Batch['counts']): string {
  return present(counts)
    .map(([status, n]) => `${n} ${status}`)
    .join(', ')
}
