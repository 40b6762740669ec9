import { InvalidArgumentError } from 'commander'

/** Options that don't go together, or that lack something: commander can't see that by itself. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage'
}

/** Reads an option's number. The API has the last word on its range. */
export function toNumber(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a number.')
}

export function toCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number.')
}
