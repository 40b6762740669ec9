import { validate } from 'dockerfile-utils'

/**
 * What Docker's builder would refuse, and what it would warn of.
 * @param {string} text of a Dockerfile
 * @returns {string[]} `LINE: what is wrong`
 */
export function checkDockerfile(text) {
  return validate(text).map(({ range, message }) => `${range.start.line + 1}: ${message}`)
}
