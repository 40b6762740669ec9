import { z } from 'zod'
import { viewLimits, viewPages } from '../views/view.js'

/** What the requests about saved views take. */

const { nameLength, parameters, parameterLength, columns: mostColumns, columnLength } = viewLimits

const name = z
  .string('takes text')
  .trim()
  .normalize()
  .refine(
    (text) => text !== '' && fits(text, nameLength) && !/\p{Cc}/u.test(text),
    `takes 1 to ${nameLength} characters on one line`,
  )

const query = z
  .record(z.string(), z.string('takes text as the value of each parameter'), 'takes an object of parameters')
  .refine((given) => Object.keys(given).length <= parameters, `takes up to ${parameters} parameters`)
  .refine(
    (given) => Object.entries(given).every((entry) => entry.every((text) => fits(text, parameterLength))),
    `takes parameters of up to ${parameterLength} characters, without NUL`,
  )
  .describe("The page's URL parameters")

const columns = z
  .array(z.string('takes names of columns'), 'takes a list of names of columns')
  .max(mostColumns, `takes up to ${mostColumns} columns`)
  .refine(
    (given) => given.every((column) => column !== '' && fits(column, columnLength)),
    `takes names of 1 to ${columnLength} characters, without NUL`,
  )
  .refine((given) => new Set(given).size === given.length, 'takes each column once')
  .nullable()
  .default(null)
  .describe('Those shown, in order; null or absent: those of the page itself')

const content = {
  name,
  query,
  columns,
  shared: z.boolean('takes true or false').default(false).describe('Whether everybody sees it'),
}

export const replaceViewBody = z.object(content, 'takes a JSON object')

export const createViewBody = z.object(
  { ...content, page: z.enum(viewPages, `takes one of ${viewPages.join(', ')}`) },
  'takes a JSON object',
)

/** Whether PostgreSQL takes the text, and it has at most so many code points. */
function fits(text: string, most: number): boolean {
  return text.isWellFormed() && !text.includes('\0') && [...text].length <= most
}
