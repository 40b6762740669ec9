/** There is none, or it is somebody's own: who may not see a view is not told that it exists. */
export class NoSuchView extends Error {
  override readonly name = 'NoSuchView'
  constructor(id: string) {
    super(`No view ${id}`)
  }
}

/** Somebody else shared it: it can be seen, not changed. */
export class NotYourView extends Error {
  override readonly name = 'NotYourView'
  constructor(name: string, owner: string) {
    super(
      `The view "${name}" is of ${owner}, who alone may change or delete it. Save one of your own instead.`,
    )
  }
}

/** The owner has another view of that name for that page. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken'
  constructor(name: string, page: string) {
    super(
      `You already have a view named "${name}" of the page ${page}. Change that one, or take another name.`,
    )
  }
}

export class TooManyViews extends Error {
  override readonly name = 'TooManyViews'
  constructor(most: number) {
    super(`You already have ${most} views, and no more are kept. Delete one first.`)
  }
}
