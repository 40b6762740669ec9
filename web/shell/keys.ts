import { type HotkeyItem, useHotkeys } from '@mantine/hooks'

/** A key and what it does. */
export type Key = readonly [key: string, act: (event: KeyboardEvent) => void]

/** Keys of the page, which are nobody's while somebody types or a dialog is open. */
export function useKeys(keys: readonly Key[]): void {
  useHotkeys(
    keys.map(([key, act]): HotkeyItem => {
      const handler = (event: KeyboardEvent) => {
        if (isTaken(event)) return
        event.preventDefault()
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
