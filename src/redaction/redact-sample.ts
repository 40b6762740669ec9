import { marker } from './marker.js'
import { noRedaction, type Redactor } from './redactor.js'

/**
 * The start of a message that could not be read, for logs and people. What is in base64 or binary can't be looked into, so
 * nothing of it is shown.
 */
export function redactSample(sample: string, redactor: Redactor): string {
  if (redactor === noRedaction) return sample
  const text = sample.replace(/("body"\s{0,9}:\s{0,9}")[^"]*/, (_, start: string) => start + marker)
  return /[\0-\x08\x0e-\x1f\x7f-\x9f\ufffd]/.test(text) ? marker : redactor.text(text)
}
