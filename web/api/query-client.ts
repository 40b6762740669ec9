import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.js'

/** What the server knows of who asks: see session.ts. */
export const sessionKey = ['session'] as const

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: whoAmI }),
  mutationCache: new MutationCache({ onError: whoAmI }),
  defaultOptions: {
    // Whether the browser has a network says nothing about a server on this computer or in this house.
    queries: { staleTime: 1000, retry: onceMore, refetchOnWindowFocus: true, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
})

/** Who is not known any more, to any call, is asked to sign in instead of shown errors. */
function whoAmI(error: Error): void {
  if (isRefusal(error)) void queryClient.invalidateQueries({ queryKey: sessionKey })
}

/** Who is not let in now is not a second later. */
function onceMore(failures: number, error: Error): boolean {
  return failures < 1 && !isRefusal(error)
}

function isRefusal(error: Error): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403)
}
