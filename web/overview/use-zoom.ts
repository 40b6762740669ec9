import { useCallback, useRef } from 'react'

type Zoom = (from: string, to: string) => void

/** One function for as long as the chart lives, which calls the newest: a chart is not painted anew for it. */
export function useZoom(zoom: Zoom): Zoom {
  const newest = useRef(zoom)
  newest.current = zoom
  return useCallback((from, to) => newest.current(from, to), [])
}
