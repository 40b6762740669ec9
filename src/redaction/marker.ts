/** Stands where a secret was. */
export const marker = '[redacted]'

/** What is no secret whatever its key: nothing, yes or no, and what was replaced already. */
export function isNoSecret(value: string): boolean {
  return nothing.test(value)
}

const nothing =
  /^(?:|none|null|nil|undefined|nan|true|false|\.\.\.|b?(?:''|"")|\[\]|\{\}|\(\)|b?['"]?\[redacted\]['"]?)$/i

/** A count of secrets (`tokens: 512`), or numbers that stand for words to a language model (`tokens: [101, 7]`), are none. */
export function isCount(value: string): boolean {
  return /^[[(]?-?\d[\d_.,\s-]*[\])]?$/.test(value)
}
