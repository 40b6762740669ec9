/** A line of a traceback: where it was (in a library or in one's own code), the code there, or the exception. */
export interface TracebackLine {
  readonly key: string
  readonly kind: 'own' | 'library' | 'code' | 'exception'
  readonly line: string
}

const library = /[\\/](site-packages|dist-packages|lib[\\/]python[\d.]+)[\\/]/

/** The lines of a traceback as Python writes it, told apart for reading. */
export function framesOf(text: string): TracebackLine[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => ({ key: `${index}`, kind: kindOf(line), line }))
}

function kindOf(line: string): TracebackLine['kind'] {
  if (/^\s*File "/.test(line)) return library.test(line) ? 'library' : 'own'
  return /^[\w.]+(Error|Exception|Warning|Interrupt|Exit|Timeout|Lost\w*)?(: |$)/.test(line) &&
    !line.startsWith('Traceback')
    ? 'exception'
    : 'code'
}
