/**
 * Why a document can't be read. Only the first: the rest mostly follows from it.
 * @param {import('yaml').Document} document
 * @returns {string[]} `LINE: what is wrong`
 */
export function yamlProblems({ errors, warnings }) {
  return [...errors, ...warnings].slice(0, 1).map(({ linePos, message }) => {
    const what = message.split(' at line ', 1)[0]
    return `${linePos?.[0].line ?? 1}: ${what}`
  })
}
