/** What is known of a key whose value is a secret. */
export interface SecretKey {
  /** `tokens`, `passwords`: a number under it only counts them. */
  readonly plural: boolean
  /** `Authorization`, `Cookie`: in plain text its value goes on to the end of the line. */
  readonly header: boolean
}

/** Keys whose values are replaced unless the configuration says otherwise. */
export const defaultKeys: readonly string[] = [
  ...['password', 'passwd', 'pwd', 'passphrase', 'passcode', 'senha'],
  ...['secret', 'client_secret', 'secret_key', 'private_key', 'encryption_key', 'signing_key'],
  ...['token', 'access_token', 'refresh_token', 'auth_token', 'csrf_token', 'jwt', 'bearer', 'otp'],
  ...['api_key', 'access_key', 'auth_key', 'credential'],
  ...['authorization', 'cookie', 'set_cookie'],
  ...['credit_card', 'card_number', 'cvv', 'cvc', 'security_code'],
]

/** Last words of keys that tell something about a secret and not the secret: `token_count`, `password_changed_at`. */
const harmlessTails = new Set(
  (
    'at age algorithm budget changed count counts enabled expired expires expiration expiry field format index kind ' +
    'label length limit name policy required size strength ttl type usage used valid version'
  ).split(' '),
)

const headers = new Set(['authorization', 'cookie', 'setcookie'])

const wordBreak =
  /[^\p{L}\p{N}]+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u

const mostRemembered = 10_000
/** Characters of a key that are looked at: its last ones. */
export const longestKey = 128

/**
 * Knows keys by their words, in any case and spelling: the rule `api_key` finds `apiKey`, `API-KEY`, `x-apikey`,
 * `userApiKeys`, and not `api_keyboard`. A key of which the last word says that it is no secret itself is none
 * (`token_count`), unless a rule names it to its end.
 */
export class SecretKeys {
  readonly #rules: ReadonlySet<string>
  readonly #longestRule: number
  readonly #known = new Map<string, SecretKey | null>()

  constructor(keys: readonly string[]) {
    this.#rules = new Set(keys.map((key) => wordsOf(key).join('')).filter((rule) => rule !== ''))
    this.#longestRule = Math.max(0, ...[...this.#rules].map((rule) => rule.length + 1))
  }

  /** null for a key that is none of ours. */
  find(key: string): SecretKey | null {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = this.#look(wordsOf(key.slice(-longestKey)))
    if (this.#known.size >= mostRemembered) this.#known.clear()
    this.#known.set(key, found)
    return found
  }

  #look(words: readonly string[]): SecretKey | null {
    const last = words.findLast((word) => !/^\p{N}+$/u.test(word)) ?? ''
    for (let from = 0; from < words.length; from += 1) {
      let joined = ''
      for (let to = from; to < words.length && joined.length < this.#longestRule; to += 1) {
        joined += words[to]
        const rule = this.#rules.has(joined)
          ? joined
          : this.#rules.has(joined.slice(0, -1))
            ? joined.slice(0, -1)
            : ''
        if (rule === '' || (rule !== joined && !joined.endsWith('s'))) continue
        if (to < words.length - 1 && harmlessTails.has(last)) continue
        return { plural: rule !== joined, header: headers.has(rule) }
      }
    }
    return null
  }
}

/** `X-APIKeys2` → x, api, keys, 2. */
function wordsOf(key: string): string[] {
  return key
    .split(wordBreak)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
}
