import { useNavigate } from '@tanstack/react-router'
import { beginToGo, useKeys } from './keys.js'
import { usePages } from './pages.js'

/** g, then the key of a page, goes there. */
export function useGoKeys(): void {
  const navigate = useNavigate()
  const pages = usePages()
  useKeys([['g', beginToGo]])
  useKeys(
    pages.map(({ key, to }) => [key, () => void navigate({ to })] as const),
    { afterGo: true },
  )
}
