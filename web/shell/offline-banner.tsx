import { Alert } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useConnection } from '../api/connection.js'
import { useNow } from '../components/now.js'
import { duration } from '../components/time.js'

/** Milliseconds without an answer that are a hiccup. */
const patienceMs = 3000

/** Says that nothing comes from the server any more, and how old is what is shown. */
export function OfflineBanner() {
  const { t, i18n } = useTranslation()
  const { lostSince, answeredAt } = useConnection()
  const now = useNow()
  if (lostSince === null || now - lostSince < patienceMs) return null
  const age = duration((now - answeredAt) / 1000, i18n.language)
  return (
    <Alert color="orange" p="xs" role="status">
      {t('offline.banner', { age })}
    </Alert>
  )
}
