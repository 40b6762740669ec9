import { z } from 'zod'
import { notStoppedAnswer, stopAnswer, stoppedAnswer } from '../http/stop-answers.js'
import { ApiError, CrisperUnreachable, call } from './client.js'
import { exitCodeOf, messageOf, tell, worst } from './exit.js'
import { type Followed, follow, whenLeft } from './follow.js'
import { inTens } from './in-tens.js'
import { codeOfStop, isOpenStop } from './outcome.js'
import { type ClientOptions, printJson, withProgress } from './output.js'
import { printable } from './printable.js'

interface HowToStop extends ClientOptions {
  /** Seconds to wait for the outcomes; without it they are not waited for. */
  readonly wait?: number
}

type Stopped = z.output<typeof stoppedAnswer>
type Stop = z.output<typeof stopAnswer>
type Asked = { readonly id: string } & ({ readonly answer: Stopped } | { readonly error: unknown })

/** Stops tasks one by one: each is taken or refused by itself, and the worst decides the exit code. */
export async function stopIds(ids: readonly string[], order: object, options: HowToStop): Promise<void> {
  const { url, json, wait } = options
  const what = ids.length === 1 ? String(ids[0]) : `${ids.length} tasks`
  const asked = await withProgress(
    printable(`stopping ${what}`),
    inTens(ids, (id) => ask(url, id, order)),
  )
  const taken = asked.flatMap((one) => ('answer' in one ? [one.answer] : []))
  const followed = await untilEnded(
    url,
    taken.map(({ stop }) => stop),
    wait,
  )
  const stops = new Map(followed.last.map((stop) => [stop.task_id, stop]))

  if (json) {
    const documents = await inTens(asked, (one) => documentOf(url, one, stops))
    printJson(documents.length === 1 ? documents[0] : documents)
  } else {
    for (const { task_id, status, explanation } of stops.values()) {
      console.log(printable(`${task_id}: ${status}: ${explanation}`))
    }
  }
  tellRefused(asked)
  if (wait !== undefined) tellOpen(followed, wait)
  process.exitCode = worst([
    ...asked.flatMap((one) => ('error' in one ? [exitCodeOf(one.error)] : [])),
    ...followed.last.map(({ status }) => codeOfStop(status, wait !== undefined)),
    ...('error' in followed ? [exitCodeOf(followed.error)] : []),
  ])
}

async function ask(url: string, id: string, order: object): Promise<Asked> {
  try {
    const path = `/api/tasks/${encodeURIComponent(id)}/stop/`
    return { id, answer: await call(url, path, stoppedAnswer, order) }
  } catch (error) {
    return { id, error }
  }
}

async function untilEnded(
  url: string,
  stops: readonly Stop[],
  seconds: number | undefined,
): Promise<Followed<readonly Stop[]>> {
  if (seconds === undefined) return { last: stops }
  return await follow(stops, {
    seconds,
    hasEnded: (last) => !last.some(isOpenStop),
    tell: explain,
    ask: (last, signal) =>
      inTens(last, async (stop) =>
        isOpenStop(stop) ? await call(url, `/api/stops/${stop.id}/`, stopAnswer, undefined, signal) : stop,
      ),
  })
}

/** What is still open, in a line. */
function explain(stops: readonly Stop[]): string {
  const open = stops.filter(isOpenStop)
  const ended = stops.length > 1 ? `${stops.length - open.length} of ${stops.length} ended; ` : ''
  return `${ended}${open[0]?.task_id}: ${open[0]?.status}: ${open[0]?.explanation}`
}

/** As the API answers, with the stop as it stands now. */
async function documentOf(url: string, asked: Asked, stops: ReadonlyMap<string, Stop>): Promise<object> {
  if ('error' in asked) {
    const told = asked.error instanceof ApiError ? notStoppedAnswer.safeParse(asked.error.body) : undefined
    return told?.data ?? { success: false, task_id: asked.id, error: messageOf(asked.error) }
  }
  const { answer } = asked
  const stop = stops.get(answer.task_id) ?? answer.stop
  if (stop.status === answer.stop.status) return { ...answer, stop }
  return { ...answer, message: stop.explanation, state: await stateOf(url, answer), stop }
}

/** The state of the job now; it has changed with the stop. What was known is better than nothing. */
async function stateOf(url: string, { task_id, state }: Stopped): Promise<string | null> {
  const path = `/api/tasks/${encodeURIComponent(task_id)}/`
  return await call(url, path, z.object({ state: z.string() })).then(
    (job) => job.state,
    () => state,
  )
}

/** Who was refused, and why. That nobody answers is said once, however many were asked for. */
function tellRefused(asked: readonly Asked[]): void {
  const away = new Set<string>()
  for (const one of asked) {
    if (!('error' in one)) continue
    const message = messageOf(one.error)
    if (one.error instanceof CrisperUnreachable) {
      if (away.has(message)) continue
      away.add(message)
      tell(one.error)
    } else tell(one.error, asked.length === 1 ? undefined : one.id)
  }
}

function tellOpen({ last, left, error }: Followed<readonly Stop[]>, seconds: number): void {
  if (left === undefined) return
  if (error !== undefined) tell(error)
  const open = last.filter(isOpenStop)
  const which = open.length === 1 ? 'The stop is' : `${open.length} stops are`
  console.error(
    `crisper: ${which} still open ${whenLeft(left, seconds)}, and followed on: crisper stops show ${open[0]?.id}`,
  )
}
