/** What an input of the browser's own shows of a time: its clock, without a zone. */
export function toLocal(iso: string | undefined): string {
  if (iso === undefined) return ''
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

export function fromLocal(text: string): string | undefined {
  return text === '' ? undefined : new Date(text).toISOString()
}
