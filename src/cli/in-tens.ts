const atOnce = 10

/** Does the work for each, ten at a time: one that is slow to answer doesn't hold up fifty. */
export async function inTens<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = []
  for (let at = 0; at < items.length; at += atOnce) {
    done.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))))
  }
  return done
}
