import { z } from 'zod'
import { scopeSchema } from '../access/scope.js'

/** What is given to a token or a user that is made. */
export const grant = {
  name: z.string().regex(/^[\w.@-]{1,80}$/, 'takes 1 to 80 letters, digits or . _ @ -'),
  role: z.string().default('viewer'),
  scope: scopeSchema.partial().default({}),
}
