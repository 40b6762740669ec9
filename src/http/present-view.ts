import type { z } from 'zod'
import type { View } from '../views/view.js'
import { iso } from './iso.js'
import type { viewAnswer } from './view-answers.js'

/** A view as its caller sees it. */
export function toViewAnswer(view: View, caller: string): z.output<typeof viewAnswer> {
  return {
    id: view.id,
    name: view.name,
    page: view.page,
    query: { ...view.query },
    columns: view.columns && [...view.columns],
    shared: view.shared,
    owner: view.owner,
    mine: view.owner === caller,
    created_at: iso(view.createdAt),
    updated_at: iso(view.updatedAt),
  }
}
