/** There is no rule with this id. */
export class NoSuchRule extends Error {
  override readonly name = 'NoSuchRule'

  constructor(id: string) {
    super(`There is no alert rule ${id}`)
  }
}

export class RuleNameTaken extends Error {
  override readonly name = 'RuleNameTaken'

  constructor(name: string) {
    super(`There is an alert rule named ${name} already`)
  }
}

export class TooManyRules extends Error {
  override readonly name = 'TooManyRules'

  constructor(most: number) {
    super(`There are ${most} alert rules already, the most that are looked at: delete one first`)
  }
}

/** The configuration has no channel of this name. */
export class NoSuchChannel extends Error {
  override readonly name = 'NoSuchChannel'

  constructor(name: string, names: readonly string[]) {
    const known = names.length === 0 ? 'none is configured' : `there are ${names.join(', ')}`
    super(`There is no alert channel ${name}: ${known} (alerts.channels of the configuration)`)
  }
}
