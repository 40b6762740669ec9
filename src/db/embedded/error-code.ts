/** Whether a caught value is an error with one of these codes: a system call's (`ENOENT`) or PostgreSQL's (`57P03`). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  )
}
