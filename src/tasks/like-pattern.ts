import { storable } from './storable.js'

/** A text as `like` takes it literally. */
export function likePattern(text: string): string {
  return storable(text).replace(/[\\%_]/g, '\\$&')
}
