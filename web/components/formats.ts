/** The formatters of Intl are slow to make and quick to use: each is made once for a language (and zone, and digits). */

export const relativeFormat = once(
  (language: string) => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }),
)

/** `timeZone`: an IANA name, or `local` for the browser's. */
export const exactFormat = once(
  (language: string, timeZone: string) =>
    new Intl.DateTimeFormat(language, {
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      timeZoneName: 'short',
      ...(timeZone !== 'local' && { timeZone }),
    }),
)

export const decimalFormat = once(
  (language: string, digits: number) => new Intl.NumberFormat(language, { maximumFractionDigits: digits }),
)

export const significantFormat = once(
  (language: string, digits: number) => new Intl.NumberFormat(language, { maximumSignificantDigits: digits }),
)

export const compactFormat = once(
  (language: string) => new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }),
)

function once<Args extends readonly (string | number)[], Format>(
  make: (...args: Args) => Format,
): (...args: Args) => Format {
  const made = new Map<string, Format>()
  return (...args) => {
    const key = args.join(' ')
    const format = made.get(key) ?? make(...args)
    made.set(key, format)
    return format
  }
}
