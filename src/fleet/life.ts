/** Which processes were heard under one node name. Times are epoch seconds, by our clock. */
export interface Life {
  readonly pid: number | null
  /** The process heard before this one. */
  readonly formerPid: number | null
  /** When two processes were last heard in turn: two workers have the same name. */
  readonly sharedAt: number | null
  /** Starts after the first that is known. */
  readonly restarts: number
  readonly startedAt: number | null
}

/** Seconds for which a name counts as shared after its processes last took turns. */
const sharedFor = 30
/** Seconds by which the start that a worker tells may differ from what it told before: it rounds, and clocks drift. */
const startTolerance = 5

export function isShared({ sharedAt }: Life, now: number): boolean {
  return sharedAt !== null && now - sharedAt <= sharedFor
}

/**
 * What an event says about the process behind a name. Another pid is a restart; one that comes back after another was
 * heard is a second worker, so that the change to it was no restart either.
 *
 * In containers every worker may have pid 1. Then a restart shows in the uptime that it tells (`afterUptime`), and two
 * of one name can't be told apart.
 */
export function afterPid(life: Life, pid: number | null, at: number, starts: boolean): Life {
  if (pid === null || pid === life.pid) return life
  if (life.pid === null) return { ...life, pid, startedAt: starts ? at : life.startedAt }
  const next = { ...life, pid, formerPid: life.pid }
  if (pid === life.formerPid && !starts) {
    const restarts = isShared(life, at) ? life.restarts : Math.max(0, life.restarts - 1)
    return { ...next, restarts, sharedAt: at }
  }
  if (isShared(life, at)) return next
  return { ...next, restarts: life.restarts + 1, startedAt: starts ? at : null }
}

/** What the uptime that a worker tells says about its start. */
export function afterUptime(life: Life, uptime: number | null, at: number): Life {
  if (uptime === null) return life
  const startedAt = at - uptime
  const again = life.startedAt !== null && startedAt - life.startedAt > startTolerance
  const counts = again && !isShared(life, at)
  return { ...life, startedAt, restarts: counts ? life.restarts + 1 : life.restarts }
}
