import type { TestCrisper } from './crisper.js'

/** The state of every task in Crisper's history, by id, read page by page as a client with a cursor does. */
export async function statesInCrisper(crisper: TestCrisper): Promise<Map<string, string>> {
  const states = new Map<string, string>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = await crisper.list(`limit=1000&cursor=${encodeURIComponent(cursor)}`)
    for (const { task_id, state } of page.tasks) states.set(task_id, state)
    cursor = page.next_cursor
  }
  return states
}
