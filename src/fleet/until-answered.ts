/**
 * Milliseconds to wait for the answer of a worker that has just come online before it is asked again. It says
 * `worker-online` before its mailbox is bound (Celery starts Heart before Control), and what is sent in between is lost.
 */
const waits = [100, 200, 400, 800, 1600]

/** Asks one worker until it answers, for some three seconds. Empty where it never does, as without remote control. */
export async function untilAnswered<T>(
  ask: (timeoutMs: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  for (const timeoutMs of waits) {
    const replies = await ask(timeoutMs)
    if (replies.length > 0) return replies
  }
  return []
}
