/** Another Crisper that is running now owns this data directory. */
export class DataDirectoryInUse extends Error {
  override readonly name = 'DataDirectoryInUse'
  constructor(
    readonly dataDir: string,
    /** Process id of the other Crisper. */
    readonly pid: number,
  ) {
    super(
      `${dataDir} is in use by another Crisper (process ${pid}). ` +
        'Stop that one, or give this one a directory of its own with --data-dir.',
    )
  }
}

/** This machine can't run the PostgreSQL that comes with Crisper: there's none for it, or it doesn't execute. */
export class NoPostgresBinary extends Error {
  override readonly name = 'NoPostgresBinary'
  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason} Set DATABASE_URL (or --database) to a PostgreSQL of your own.`, options)
  }
}

/** PostgreSQL has no account to run as: it refuses root and accounts without a name, and none could be made. */
export class NoServerUser extends Error {
  override readonly name = 'NoServerUser'
}

/** The data directory can't hold the database as things are. The message names the directory and the way out. */
export class DataDirectoryUnusable extends Error {
  override readonly name = 'DataDirectoryUnusable'
}

/** The data was written by another major version of PostgreSQL, which this one can't read. */
export class DataVersionMismatch extends Error {
  override readonly name = 'DataVersionMismatch'
  constructor(
    readonly cluster: string,
    readonly found: number,
    readonly ours: number,
  ) {
    super(
      `The database in ${cluster} was written by PostgreSQL ${found}; this Crisper brings ${ours}, which can't read it. ` +
        `Serve it with a PostgreSQL ${found} of your own and set DATABASE_URL to that, or move it over with pg_dump; ` +
        `to begin with an empty database, move ${cluster} away.`,
    )
  }
}

/** PostgreSQL didn't start, ended on its own or doesn't stop. The message ends with the last lines of its log. */
export class PostgresFailed extends Error {
  override readonly name = 'PostgresFailed'
  constructor(what: string, logLines: readonly string[], options?: ErrorOptions) {
    super([what, ...logLines.map((line) => `  ${line}`)].join('\n'), options)
  }
}
