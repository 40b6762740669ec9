import { useSyncExternalStore } from 'react'

/** Whether the server answers, as the last requests found. */
export interface Connection {
  /** Since when nothing was answered, epoch ms; null while all is well. */
  readonly lostSince: number | null
  /** When something was last answered. */
  readonly answeredAt: number
}

let state: Connection = { lostSince: null, answeredAt: Date.now() }
let written = 0
const listeners = new Set<() => void>()

export function noteAnswer(): void {
  // Every answer is noted, but only a change that can be seen wakes the page.
  const now = Date.now()
  if (state.lostSince === null && now - written < 1000) return
  written = now
  set({ lostSince: null, answeredAt: now })
}

export function noteLoss(): void {
  if (state.lostSince === null) set({ ...state, lostSince: Date.now() })
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => state)
}

function set(next: Connection): void {
  state = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
