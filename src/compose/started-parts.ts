import pTimeout from 'p-timeout'

interface EndingLog {
  error(context: object, line: string): void
}

/** Milliseconds that a part has to end in. The longest that is right: an embedded database that has much to write. */
const longestMs = 45_000

/** What was started, with how it is ended. */
export class StartedParts {
  #parts: { readonly name: string; readonly end: () => unknown }[] = []

  /** To be called right after it was started. */
  add(name: string, end: () => unknown): void {
    this.#parts.push({ name, end })
  }

  /**
   * Ends them, the last first. One that does not end, or fails to, is told and keeps nobody else from ending. Resolves
   * to whether all went well.
   */
  async end(log: EndingLog): Promise<boolean> {
    let well = true
    for (const { name, end } of this.#parts.splice(0).reverse()) {
      try {
        await pTimeout(Promise.resolve(end()), {
          milliseconds: longestMs,
          message: `it did not end within ${longestMs / 1000} s`,
        })
      } catch (error) {
        well = false
        log.error({ err: error, part: name }, 'a part could not be ended; going on')
      }
    }
    return well
  }
}
