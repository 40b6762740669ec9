import { Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Empty } from '../components/empty.js'

/** A page that was opened by its address and is not for whoever this is. */
export function NotForYou({ page }: { readonly page: string }) {
  const { t } = useTranslation()
  return (
    <div>
      <Title order={1} size="h4">
        {t(`nav.${page}`)}
      </Title>
      <Empty title={t('who.notAllowed')} hint={t('who.notAllowedHint')} />
    </div>
  )
}
