import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { get, send } from './client.js'
import { sessionKey } from './query-client.js'
import type { Identity, NewToken, Scope, Token, Tokens, User, Users } from './types.js'

export interface TokenOrder {
  readonly name: string
  readonly role: string
  readonly scope: Scope
  readonly expires_at: string | null
}

export interface UserOrder {
  readonly name: string
  readonly password: string
  readonly role: string
  readonly scope: Scope
}

export function useTokens() {
  return useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => get<Tokens>('api/tokens/', {}, signal),
  })
}

/**
 * Makes a token. With the first one of all, everybody must sign in from then on: whoever makes it is signed in with it,
 * else this page, with the secret on it, would give way to the one to sign in.
 */
export function useCreateToken({ isFirst }: { readonly isFirst: boolean }) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (order: TokenOrder) => {
      const made = await send<NewToken>('POST', 'api/tokens/', order)
      if (isFirst) await send<Identity>('POST', 'api/session/', { token: made.token })
      return made
    },
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: sessionKey })
      await client.invalidateQueries({ queryKey: ['tokens'] })
    },
    // The secret is not kept longer than it is shown.
    gcTime: 0,
  })
}

export function useRevokeToken() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => send<Token>('POST', `api/tokens/${encodeURIComponent(id)}/revoke/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  })
}

export function useUsers() {
  return useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => get<Users>('api/users/', {}, signal),
  })
}

export function useCreateUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (order: UserOrder) => send<User>('POST', 'api/users/', order),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
    gcTime: 0,
  })
}

export function useDisableUser() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => send<User>('POST', `api/users/${encodeURIComponent(name)}/disable/`),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  })
}
