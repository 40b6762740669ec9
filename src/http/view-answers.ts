import { z } from 'zod'
import { viewPages } from '../views/view.js'

/** What the API answers about saved views. */

const time = z.string().describe('ISO 8601, UTC')

export const viewAnswer = z.object({
  id: z.string(),
  name: z.string(),
  page: z.enum(viewPages),
  query: z.record(z.string(), z.string()).describe("The page's URL parameters"),
  columns: z.array(z.string()).nullable().describe('Those shown, in order; null: those of the page itself'),
  shared: z.boolean(),
  owner: z.string(),
  mine: z.boolean().describe('Whether you may change and delete it'),
  created_at: time,
  updated_at: time,
})

export const viewListAnswer = z.object({ views: z.array(viewAnswer) })
