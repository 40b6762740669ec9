import { useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'
import { useKeys } from './keys.js'
import { pages } from './pages.js'

/** Milliseconds between g and the key of a page. */
const patienceMs = 1200

/** g, then the key of a page, goes there. */
export function useGoKeys(): void {
  const navigate = useNavigate()
  const pressedAt = useRef(0)
  useKeys([
    ['g', () => (pressedAt.current = Date.now())],
    ...pages.map(
      ({ key, to }) =>
        [
          key,
          () => {
            if (Date.now() - pressedAt.current > patienceMs) return
            pressedAt.current = 0
            void navigate({ to })
          },
        ] as const,
    ),
  ])
}
