import { useLocalStorage } from '@mantine/hooks'
import { createContext, type ReactNode, use, useMemo } from 'react'
import * as z from 'zod/mini'

/** What one person prefers in this browser; everything else stands in the URL or on the server. */
const preferencesShape = z.object({
  density: z.catch(z.enum(['compact', 'comfortable']), 'compact'),
  /** `local`, or an IANA zone such as UTC. */
  timeZone: z.catch(z.string(), 'local'),
  columns: z.catch(z.nullable(z.array(z.string())), null),
  /** Tasks whose end is told. */
  watched: z.catch(z.array(z.string()), []),
})

export type Preferences = z.output<typeof preferencesShape>

interface Held {
  readonly preferences: Preferences
  readonly change: (change: Partial<Preferences>) => void
}

const Context = createContext<Held | undefined>(undefined)

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [preferences, set] = useLocalStorage({
    key: 'crisper.preferences',
    defaultValue: preferencesShape.parse({}),
    getInitialValueInEffect: false,
    deserialize: (text) => preferencesShape.parse(parsed(text)),
  })
  const held = useMemo(
    () => ({
      preferences,
      change: (change: Partial<Preferences>) => set((before) => ({ ...before, ...change })),
    }),
    [preferences, set],
  )
  return <Context value={held}>{children}</Context>
}

export function usePreferences(): Held {
  const held = use(Context)
  if (held === undefined) throw new Error('usePreferences goes below PreferencesProvider')
  return held
}

/** Also of a browser storage that somebody else wrote to. */
function parsed(text: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
