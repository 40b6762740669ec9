import { qualifiers } from './filters.js'

/** What is known of the values that a qualifier takes. */
export type KnownValues = Readonly<Partial<Record<string, readonly string[]>>>

const most = 12
const states = [
  'pending',
  'sent',
  'received',
  'started',
  'progress',
  'retry',
  'success',
  'failure',
  'revoked',
]
const ranges = ['15m', '1h', '24h', '7d', '30d']
const fixed: KnownValues = { state: states, since: ranges, lost: ['true', 'false'] }

/** How the word that is being typed could go on: qualifiers, and after the colon the values that are known. */
export function suggestionsFor(text: string, known: KnownValues): string[] {
  const word = lastWord(text)
  const [, name, begun = ''] = /^(\w+):(.*)$/s.exec(word) ?? []
  if (name === undefined) {
    if (text.trim() !== '' && word === '') return []
    return Object.keys(qualifiers)
      .filter((each) => each.startsWith(word.toLowerCase()))
      .map((each) => `${each}:`)
  }
  const values = fixed[name] ?? known[name] ?? []
  return values
    .filter((value) => value.toLowerCase().includes(begun.toLowerCase()) && value !== begun)
    .slice(0, most)
    .map((value) => `${name}:${/\s/.test(value) ? `"${value}"` : value}`)
}

/** The text with its last word completed. A value is finished and goes on with a blank, a qualifier with its value. */
export function complete(text: string, suggestion: string): string {
  const before = text.slice(0, text.length - lastWord(text).length)
  return suggestion.endsWith(':') ? before + suggestion : `${before}${suggestion} `
}

function lastWord(text: string): string {
  return /(?:[^\s"]|"[^"]*"?)*$/.exec(text)?.[0] ?? ''
}
