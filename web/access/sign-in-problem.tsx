import { Alert } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/client.js'
import { duration } from '../components/time.js'

interface SignInProblemProps {
  readonly error: Error
  /** What is said of something that is not known. */
  readonly wrong: string
}

/** Why nobody was let in. */
export function SignInProblem({ error, wrong }: SignInProblemProps) {
  const { t, i18n } = useTranslation()
  const words = () => {
    if (!(error instanceof ApiError)) return t('signIn.noAnswer')
    if (error.status === 401) return wrong
    if (error.status !== 429) return error.message
    return t('signIn.tooMany', { when: duration(error.retryAfter ?? 60, i18n.language) })
  }
  return (
    <Alert color="red" role="alert" p="xs">
      {words()}
    </Alert>
  )
}
