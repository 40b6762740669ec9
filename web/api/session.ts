import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import type { Permission } from '../../src/access/permissions.js'
import { get, send, urlOf } from './client.js'
import { queryClient, sessionKey } from './query-client.js'
import type { Identity, Session } from './types.js'

const options = queryOptions({
  queryKey: sessionKey,
  queryFn: ({ signal }) => get<Session>('api/session/', {}, signal),
  // It is asked again when a call is refused, and when somebody comes back to the window.
  staleTime: 60_000,
})

/** Asks who this is while the code of the page and its first rows are on the way. */
export function prefetchSession(): void {
  void queryClient.prefetchQuery(options)
}

/** Who this is, and how one signs in here. */
export function useSession() {
  return useQuery(options)
}

/** Whether whoever this is may do that: role, scope and read-only mode in one. */
export function useMay(permission: Permission): boolean {
  return useSession().data?.identity?.permissions.includes(permission) ?? false
}

export type Shown = { readonly token: string } | { readonly user: string; readonly password: string }

/** Signs in, and loads the page anew where it is: nothing stays of what somebody else may have seen. */
export function useSignIn() {
  return useMutation({
    mutationFn: (shown: Shown) => send<Identity>('POST', 'api/session/', shown),
    onSuccess: () => location.reload(),
  })
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => send<undefined>('DELETE', 'api/session/'),
    onSuccess: () => location.assign(urlOf('sign-in')),
  })
}

/** Whether it was this browser that signed in; a proxy says again who it is at each call. */
export function isSignedIn({ kind }: Identity): boolean {
  return kind !== 'anonymous' && kind !== 'proxy'
}
