/**
 * Kubernetes' schemas allow keys that they don't name, so a misspelt one passes. But a validator looks at each key that
 * its schema names: a key that nobody has looked at is one that no schema knows.
 * @template {object} T
 * @param {T} value plain data
 * @returns {{ watched: T, untouched: () => string[] }} paths such as `/spec/replica`
 */
export function watchKeys(value) {
  /** @type {Map<object, { path: string, seen: Set<string | symbol>, proxy: object }>} */
  const known = new Map()

  /**
   * @param {unknown} part
   * @param {string} path
   */
  function watch(part, path) {
    if (typeof part !== 'object' || part === null) return part
    const seen = new Set()
    const proxy = new Proxy(part, {
      get(target, key) {
        seen.add(key)
        const found = known.get(Reflect.get(target, key))
        return found?.proxy ?? watch(Reflect.get(target, key), `${path}/${String(key)}`)
      },
      // Who lists the keys takes any: a map such as labels.
      ownKeys(target) {
        for (const key of Reflect.ownKeys(target)) seen.add(key)
        return Reflect.ownKeys(target)
      },
    })
    known.set(part, { path, seen, proxy })
    return proxy
  }

  return {
    watched: /** @type {T} */ (watch(value, '')),
    untouched: () =>
      [...known].flatMap(([part, { path, seen }]) =>
        Object.keys(part)
          .filter((key) => !seen.has(key))
          .map((key) => `${path}/${key}`),
      ),
  }
}
