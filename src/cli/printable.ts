/**
 * Text from tasks, workers and people is data: control characters could steer the terminal, and marks of direction
 * (bidi) could make a line read as another one.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}

/** As much of a text as fits, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}
