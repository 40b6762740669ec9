import { Alert, Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'

/** A failure that stays on the page, with the way out. */
export function Problem({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const { t } = useTranslation()
  return (
    <Alert color="red" title={t('problem.title')} role="alert">
      {error.message}
      {retry && (
        <Button size="compact-sm" variant="light" color="red" ml="sm" onClick={retry}>
          {t('problem.retry')}
        </Button>
      )}
    </Alert>
  )
}
