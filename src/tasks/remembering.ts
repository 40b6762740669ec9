import type { Reading } from './record-of-event.js'

/** Texts of up to so many characters are remembered: Celery cuts its reprs at 1024. */
const longest = 2200
/** Of each of two generations. */
const most = 4000

/**
 * Reads alike, and remembers what it made of the latest texts: `task-sent` and `task-received` carry the same arguments, and
 * many tasks the same result. A text in which there is a secret is not kept for that.
 */
export function remembering({ ownerOf, redactor }: Reading): Reading {
  const redacted = remembered((text: string) => redactor.text(text, 'celery'), {
    keyOf: String,
    mayKeep: (text, made) => made === text,
  })
  const isClean = (text: string | null) => text === null || redacted(text) === text
  return {
    ownerOf: remembered(ownerOf, {
      keyOf: ({ name, args, kwargs }) => `${name}\0${args}\0${kwargs}`,
      mayKeep: ({ args, kwargs }) => isClean(args) && isClean(kwargs),
    }),
    redactor: {
      text: (text, writer) => (writer === 'celery' ? redacted(text) : redactor.text(text, writer)),
      json: (value) => redactor.json(value),
    },
  }
}

interface Keeping<Asked, Made> {
  readonly keyOf: (asked: Asked) => string
  readonly mayKeep: (asked: Asked, made: Made) => boolean
}

/** What is made must depend on the key only, and not be changed by whom it is given to. */
function remembered<Asked, Made>(
  make: (asked: Asked) => Made,
  { keyOf, mayKeep }: Keeping<Asked, Made>,
): (asked: Asked) => Made {
  let young = new Map<string, { readonly made: Made }>()
  let old = new Map<string, { readonly made: Made }>()
  return (asked) => {
    const key = keyOf(asked)
    const found = young.get(key)
    if (found !== undefined) return found.made
    const known = old.get(key)
    const made = known === undefined ? make(asked) : known.made
    if (key.length > longest || (known === undefined && !mayKeep(asked, made))) return made
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(key, { made })
    return made
  }
}
