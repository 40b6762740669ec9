/**
 * The URL as people and logs may see it: every password is `**`, in each part of a `;` list and in the query.
 * Takes any text. What can't be told apart safely (a password with an unescaped `/`, `#` or `;`) is cut down to
 * its scheme, so nothing of a password is left.
 */
export function maskUrl(text: string): string {
  return text
    .trim()
    .split(/;(?=[a-z][a-z0-9+.-]*:\/\/)/i)
    .map(maskPart)
    .join(';')
}

function maskPart(text: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is.exec(text)
  if (!match) return /[@:=]/.test(text) ? '**' : text
  const [, scheme = '', authority = '', path = '', query] = match
  const userEnd = authority.lastIndexOf('@')
  const hosts = authority.slice(userEnd + 1)
  // A late @ or a port that is no number means that the password holds a character that ends the authority.
  if (/@/.test(text.slice(scheme.length + authority.length)) || !looksLikeHosts(hosts)) return `${scheme}**`
  const user = userEnd < 0 ? '' : `${maskUserInfo(authority.slice(0, userEnd))}@`
  return `${scheme}${user}${hosts}${path}${query === undefined ? '' : `?${maskQuery(query)}`}`
}

/** `host`, `host:5672`, `[::1]:6379`, and several of them with `;` between, as in `amqp://u:p@h1;h2`. */
function looksLikeHosts(text: string): boolean {
  return text.split(';').every((host) => /^(\[[0-9a-z:.%]*\]|[^:[\]\s]*)(:\d*)?$/i.test(host))
}

function maskUserInfo(text: string): string {
  const colon = text.indexOf(':')
  return colon < 0 ? text : `${text.slice(0, colon)}:**`
}

function maskQuery(query: string): string {
  return query
    .split('&')
    .map((item) => {
      const equals = item.indexOf('=')
      // Without a `=` it may be the tail of a password with an unescaped `&`.
      if (equals < 0) return item === '' ? '' : '**'
      const name = item.slice(0, equals)
      return isSecretName(name) ? `${name}=**` : item
    })
    .join('&')
}

function isSecretName(name: string): boolean {
  const plain = new URLSearchParams(`${name}=`).keys().next().value ?? name
  return /pass|pwd|secret|token|credential|auth|access_?key|api_?key/i.test(plain)
}
