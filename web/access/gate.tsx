import { Container } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { useSession } from '../api/session.js'
import { Problem } from '../components/problem.js'

const SignInPage = lazy(() => import('./sign-in-page.js').then((page) => ({ default: page.SignInPage })))

/** Lets in who is known; everybody else is asked to sign in, at the very address that they opened. */
export function Gate({ children }: { readonly children: ReactNode }) {
  const { data: session, error, refetch } = useSession()
  useReloadForOthers(session?.identity)
  if (session === undefined) {
    return error ? (
      <Container size="xs" py="xl">
        <Problem error={error} retry={() => void refetch()} />
      </Container>
    ) : null
  }
  if (session.identity !== null) return children
  return (
    <Suspense>
      <SignInPage ways={session.sign_in} />
    </Suspense>
  )
}

/** Somebody else signed in, in another tab: what the first one saw must not stay. */
function useReloadForOthers(identity: { readonly kind: string; readonly name: string } | null | undefined) {
  const first = useRef<string>(undefined)
  const name = identity?.kind === 'anonymous' ? undefined : identity?.name
  useEffect(() => {
    if (name === undefined) return
    if (first.current !== undefined && first.current !== name) location.reload()
    first.current = name
  }, [name])
}
