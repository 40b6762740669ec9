/** A window without any time in it. */
export class BadWindow extends Error {
  override readonly name = 'BadWindow'
}

/** The database did not count a window in the time it was given. */
export class OverviewTooSlow extends Error {
  override readonly name = 'OverviewTooSlow'
}
