/** Waits for a condition to hold, asking often; fails with what was last seen. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (value: T) => boolean,
  deadlineMs = 20_000,
): Promise<T> {
  const end = Date.now() + deadlineMs
  let last: T | undefined
  let error: unknown
  do {
    try {
      last = await ask()
      error = undefined
      if (holds(last)) return last
    } catch (thrown) {
      error = thrown
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  } while (Date.now() < end)
  throw new Error(`${what} did not come true; last seen: ${JSON.stringify(last)?.slice(0, 2000)}`, {
    cause: error,
  })
}
