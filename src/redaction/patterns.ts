import { RE2JS } from 're2js'

/** Replaces what looks like a secret wherever it stands. Gives back the very text where nothing does. */
export type Pattern = (text: string, marker: string) => string

/** A pattern that can't be used, in one line. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern'
}

/**
 * A pattern of the configuration, in RE2's syntax: its time is linear in the text whatever the pattern, so a careless one
 * can't hold up the events. Throws BadPattern.
 */
export function userPattern(source: string): Pattern {
  const compiled = compile(source)
  return (text, marker) => {
    const matcher = compiled.matcher(text)
    return matcher.find() ? matcher.replaceAll((match: string) => (match === '' ? '' : marker)) : text
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BadPattern(
      `${JSON.stringify(source)} is no regular expression in RE2's syntax (https://github.com/google/re2/wiki/Syntax): ${why}`,
    )
  }
}

/**
 * What is replaced unless the configuration says otherwise. Each first looks for a few plain characters, and from there no
 * further than a bound: nothing here takes more than linear time.
 */
export const defaultPatterns: readonly Pattern[] = [
  privateKeys,
  bearerTokens,
  jsonWebTokens,
  urlPasswords,
  awsKeys,
  cardNumbers,
]

/** Up to its end, or where that was cut off. */
function privateKeys(text: string, marker: string): string {
  return text.includes('PRIVATE KEY')
    ? text.replace(
        /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g,
        () => marker,
      )
    : text
}

/** "Bearer authentication failed" and `Bearer realm="api"` are none. */
function bearerTokens(text: string, marker: string): string {
  return text.replace(
    /\b(bearer\s{1,20})(?!(?:auth\w*|tokens?|schemes?|realm|credentials?|headers?)\b)[\w.~+/=-]{6,}/gi,
    (_, scheme: string) => `${scheme}${marker}`,
  )
}

/** Header and payload; the signature may have been cut off. */
function jsonWebTokens(text: string, marker: string): string {
  return text.includes('eyJ')
    ? text.replace(/(?<![\w-])eyJ[\w-]{5,}\.eyJ[\w-]*(?:\.[\w-]+)?/g, () => marker)
    : text
}

/**
 * The password of `scheme://user:password@host`. After a user and a colon there is a password unless it is a port, so one
 * of which the host was cut off is found as well.
 */
function urlPasswords(text: string, marker: string): string {
  if (!text.includes('://')) return text
  return text.replace(
    /(:\/\/[^\s:@/?#['"<>]{0,200}:)(?!\d{0,5}(?:[/?#\s'"`,;:)\]}>\\]|\.(?!\.)|$))(?:[^\s@/'"]{0,300}(?:@[^\s@/'"]{0,300})*@|[^\s'"]{1,300}@|[^\s/?#'"]{1,300})/g,
    (match: string, start: string) => `${start}${marker}${match.endsWith('@') ? '@' : ''}`,
  )
}

function awsKeys(text: string, marker: string): string {
  return text.includes('AKIA') || text.includes('ASIA')
    ? text.replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, () => marker)
    : text
}

/** In one piece, or in groups as on the card, of a known issuer and with a right check digit. */
function cardNumbers(text: string, marker: string): string {
  return text.replace(
    /(?<![\dA-Za-z]|\d\.)(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?![\dA-Za-z]|\.\d)/g,
    (match) => (isCardNumber(match.replace(/\D/g, '')) ? marker : match),
  )
}

/** American Express, Diners, JCB; Visa; Mastercard; and those that begin with 6 (Discover, UnionPay, Maestro, Elo, Hipercard) or 50. */
const issuers =
  /^(?:3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,13}|35\d{14}|4\d{12}(?:\d{3}){0,2}|5[0-8]\d{14}|2[2-7]\d{14}|6\d{15,18})$/

function isCardNumber(digits: string): boolean {
  return issuers.test(digits) && hasCheckDigit(digits)
}

/** Luhn's sum: https://en.wikipedia.org/wiki/Luhn_algorithm */
function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = digit * 2
    sum += at % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
