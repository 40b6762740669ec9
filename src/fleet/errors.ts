/** Workers that were never heard of. Nothing was sent. */
export class NoSuchWorker extends Error {
  override readonly name = 'NoSuchWorker'
  constructor(names: readonly string[]) {
    const [first] = names
    super(
      names.length === 1
        ? `No worker ${first} was heard of`
        : `${names.length} of these workers were never heard of, such as ${first}; nothing was sent`,
    )
  }
}

/** Other than the expected number of workers are there. Nothing was sent. */
export class UnexpectedWorkers extends Error {
  override readonly name = 'UnexpectedWorkers'
  constructor(there: number, expected: number) {
    super(`${there} workers are there, not the ${expected} expected; nothing was sent`)
  }
}
