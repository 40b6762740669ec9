/**
 * Whether claims hold an e-mail address that the provider has verified and that is in the list: whole addresses, or
 * `*@example.com` for a domain. The domain is what follows the only `@`, whole: `a@example.com.evil.com` and
 * `a@evil.com@example.com` are none of it. Case makes no difference.
 */
export function isAllowedEmail(
  claims: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): boolean {
  const { email, email_verified: verified } = claims
  if (typeof email !== 'string' || verified !== true) return false
  const address = email.toLowerCase()
  const [, domain] = /^[^\s@]+@([^\s@]+)$/.exec(address) ?? []
  if (domain === undefined) return false
  return allowed.some((each) => {
    const pattern = each.toLowerCase()
    return pattern.startsWith('*@') ? pattern.slice(2) === domain : pattern === address
  })
}
