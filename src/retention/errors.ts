/** No rule says that anything is ever to be deleted. */
export class NothingToDelete extends Error {
  override readonly name = 'NothingToDelete'
  constructor() {
    super('Everything is kept for ever: say in crisper.yaml, under retention, what is not.')
  }
}

/** A run is under way, here or in another Crisper on this database. */
export class RunGoesOn extends Error {
  override readonly name = 'RunGoesOn'
  constructor() {
    super('Old tasks are being deleted already: wait until that run is through.')
  }
}
