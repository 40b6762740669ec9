import { useMediaQuery } from '@mantine/hooks'

/** Whether the screen is a phone's: the width below which the side bar folds away, too. */
export function useNarrow(): boolean {
  return useMediaQuery('(max-width: 48em)')
}
