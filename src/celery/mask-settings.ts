import { isPlainObject } from './json-value.js'
import { maskUrl } from './mask-url.js'
import type { Settings } from './reply-values.js'

/**
 * Settings as people may see them: what has the name of a secret is `**`, at any depth, and so are passwords in URLs.
 * Celery masks much of this itself, but not what an application names in its own way, nor what stands in lists and texts.
 */
export function maskSettings(settings: Settings, depth = 0): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      isSecret(name) && isTold(value) ? mask : maskValue(value, depth),
    ]),
  )
}

const mask = '**'
const deepest = 16
const secret =
  'pass|pwd|secret|token|credential|auth|api_?key|access_?key|private_?key|security_key|dsn|signature|cookie'
const secretName = new RegExp(secret, 'i')
/** Such names without anything to hide: they say how, not what. */
const harmlessName = /(serializer|digest|backend|class|scheme|algorithm|timeout|expires|enabled?)$/i
/** `'password': 'x'` and `password=x` in the text of a Python object. */
const secretInText = new RegExp(
  `(['"]?[\\w-]*(?:${secret})[\\w-]*['"]?\\s*[:=]\\s*)('[^']*'|"[^"]*"|[^\\s,;)}\\]]+)`,
  'gi',
)
const urlInText = /[a-z][a-z0-9+.-]*:\/\/[^\s'"<>,]+/gi

function isSecret(name: string): boolean {
  return secretName.test(name) && !harmlessName.test(name)
}

function isTold(value: unknown): boolean {
  return value !== null && value !== '' && typeof value !== 'boolean'
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskText(value)
  if (depth >= deepest) return typeof value === 'object' && value !== null ? '…' : value
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1))
  return isPlainObject(value) ? maskSettings(value, depth + 1) : value
}

/** One URL, or a list of them with `;`, is masked as a whole: a password may hold what would end it in a text. */
function maskText(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text)) return maskUrl(text)
  return text.replace(urlInText, (url) => maskUrl(url)).replace(secretInText, `$1${mask}`)
}
