import type { UseNavigateResult } from '@tanstack/react-router'
import type { View } from '../api/types.js'

/** Goes to what was saved: its page with its URL parameters, and its columns. */
export function openView(navigate: UseNavigateResult<string>, view: View): void {
  const columns = view.columns?.join(',')
  void navigate({
    to: `/${view.page}`,
    search: { ...view.query, ...(columns !== undefined && { columns }) },
  })
}
