import type { Reading } from './record-of-event.js'

/** Texts of up to so many characters are remembered: Celery cuts its reprs at 1024. */
const longest = 2200
/** Of each of two generations. */
const most = 10_000

/**
 * Reads alike, and remembers what it made of the latest texts: `task-sent` and `task-received` carry the same arguments, and
 * many tasks the same result. To look for secrets and owners in each of them once saves a third of decoding and folding.
 */
export function remembering({ ownerOf, redactor }: Reading): Reading {
  const redacted = remembered((text: string) => redactor.text(text, 'celery'), String)
  return {
    ownerOf: remembered(ownerOf, ({ name, args, kwargs }) => `${name}\0${args}\0${kwargs}`),
    redactor: {
      text: (text, writer) => (writer === 'celery' ? redacted(text) : redactor.text(text, writer)),
      json: (value) => redactor.json(value),
    },
  }
}

/** What is made must depend on the key only, and not be changed by whom it is given to. */
function remembered<Asked, Made>(
  make: (asked: Asked) => Made,
  keyOf: (asked: Asked) => string,
): (asked: Asked) => Made {
  let young = new Map<string, { readonly made: Made }>()
  let old = new Map<string, { readonly made: Made }>()
  return (asked) => {
    const key = keyOf(asked)
    const found = young.get(key)
    if (found !== undefined) return found.made
    const known = old.get(key) ?? { made: make(asked) }
    if (key.length > longest) return known.made
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(key, known)
    return known.made
  }
}
