/** Nobody is known by what was shown: no token, a wrong or an expired one. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
}

/** Known, but may not. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
}

/** Too many attempts; `retryAfter` in seconds. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts'
  constructor(readonly retryAfter: number) {
    super(`Too many attempts: try again in ${retryAfter} s.`)
  }
}

/** A token or user of that name is there already. */
export class NameInUse extends Error {
  override readonly name = 'NameInUse'
}

export class NoSuchToken extends Error {
  override readonly name = 'NoSuchToken'
}

export class NoSuchUser extends Error {
  override readonly name = 'NoSuchUser'
}

/** A role that is neither built in nor configured. */
export class NoSuchRole extends Error {
  override readonly name = 'NoSuchRole'
  constructor(role: string, known: readonly string[]) {
    super(`role takes one of ${known.join(', ')}, not ${role}`)
  }
}
