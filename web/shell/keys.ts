import { type HotkeyItem, useHotkeys } from '@mantine/hooks'

/** A key and what it does. */
export type Key = readonly [key: string, act: (event: KeyboardEvent) => void]

/** Milliseconds between g and the key that says where to go. */
const patienceMs = 1200
let goUntil = 0

/** g was pressed: the next key says where to go, and means nothing else. */
export function beginToGo(): void {
  goUntil = Date.now() + patienceMs
}

/**
 * Keys of the page, which are nobody's while somebody types or a dialog is open. `afterGo`: those that say where to go.
 */
export function useKeys(keys: readonly Key[], { afterGo = false } = {}): void {
  useHotkeys(
    keys.map(([key, act]): HotkeyItem => {
      const handler = (event: KeyboardEvent) => {
        // Another part of the page may have acted on it just now.
        if (event.defaultPrevented || isTaken(event) || afterGo !== Date.now() < goUntil) return
        event.preventDefault()
        goUntil = 0
        act(event)
      }
      return [key, handler, { preventDefault: false }]
    }),
    [],
  )
}

const textInputs = 'textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])'
/** They have a use for Enter themselves. */
const pressed = 'button, a, [role=button], [role=tab], [role=menuitem], input'

function isTaken({ target, key }: KeyboardEvent): boolean {
  if (document.querySelector('[role=dialog], [role=menu]') !== null) return true
  return target instanceof Element && target.matches(key === 'Enter' ? pressed : textInputs)
}
